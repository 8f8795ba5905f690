#!/bin/sh
# To double-click in the Finder: runs the installer in a Terminal window, which stays open.
cd "$(dirname "$0")" || exit 2
status=0
./install.sh "$@" || status=$?
printf '\nPress Return to close. '
read -r _ || true
exit "$status"
