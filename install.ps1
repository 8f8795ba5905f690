# Finds a Python that Multiplane runs on, and starts the installer with it: .\install.ps1 [words].
# Another Python: set the environment variable MULTIPLANE_PYTHON to its path.
# Plain ASCII, for Windows PowerShell 5.1; written by its manual, never run by those who wrote it.
Set-Location -LiteralPath $PSScriptRoot

# Whether a command with its words is a Python from 3.11 to 3.14, of 64 bits.
function Test-Fits([string[]] $Command) {
    $rest = @($Command | Select-Object -Skip 1)
    $check = 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 14) and sys.maxsize > 2**32))'
    try {
        # The "python" of a Windows without one opens the Store and ends with 9009.
        & $Command[0] @rest -c $check 2>$null | Out-Null
        return $LASTEXITCODE -eq 0
    } catch {
        return $false
    }
}

$candidates = @()
if ($env:MULTIPLANE_PYTHON) { $candidates += , @($env:MULTIPLANE_PYTHON) }
foreach ($version in '3.13', '3.12', '3.14', '3.11') { $candidates += , @('py', "-$version") }
$candidates += , @('python')
$candidates += , @('python3')

foreach ($candidate in $candidates) {
    if (Test-Fits $candidate) {
        $rest = @($candidate | Select-Object -Skip 1)
        & $candidate[0] @rest installer @args
        exit $LASTEXITCODE
    }
}

Write-Host 'Multiplane needs Python 3.11 to 3.14 (64-bit), and none was found.'
Write-Host 'Install it from python.org, or with: winget install Python.Python.3.13'
Write-Host 'Then run the same command again.'
exit 2
