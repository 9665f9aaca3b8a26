#!/bin/sh
# Fetches some hundred megabytes of real text: the documents of Debian packages,
# unpacked into a folder and not installed.
#
#     bench/search/texts.sh FOLDER
set -eu
mkdir -p "$1/packages" "$1/files"
cd "$1/packages"
apt-get download anarchism linux-doc-6.1 debian-reference-en developers-reference \
    jargon-text manpages-dev perl-doc postgresql-doc-15 krb5-doc fortunes harden-doc \
    octave-doc python-django-doc libreoffice-help-en-us
for package in *.deb; do
    dpkg -x "$package" ../files
done
