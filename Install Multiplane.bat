@echo off
rem To double-click in the Explorer: runs the installer in a window, which stays open.
powershell.exe -NoProfile -ExecutionPolicy Bypass -File "%~dp0install.ps1" %*
set status=%ERRORLEVEL%
pause
exit /b %status%
