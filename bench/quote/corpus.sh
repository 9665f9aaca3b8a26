#!/bin/sh
# corpus.sh DIR: fetch Debian's documents into DIR, unpacked, for "quote -large".
# They are real prose under free licences; none of it is kept in this repository.
set -eu
dir=${1:?usage: corpus.sh DIR}
mkdir -p "$dir/deb" "$dir/doc"
cd "$dir/deb"
for p in linux-doc-6.1 debian-handbook debian-reference-en developers-reference debian-policy \
    python3.11-doc postgresql-doc-15 libreoffice-help-en-us rust-doc dict-gcide bible-kjv-text \
    dict-foldoc jargon-text miscfiles manpages-dev freebsd-manpages gnome-user-docs \
    python-django-doc python-scipy-doc python-pandas-doc exim4-doc-html vim-doc zsh-doc \
    perl-doc tcl8.6-doc sqlite3-doc git-doc gettext-doc libboost1.74-doc erlang-doc \
    sagemath-doc maxima-doc octave-doc ghc-doc emacs-common fp-docs-3.2.2 openjdk-17-doc \
    anarchism; do
    ls "$p"_*.deb >/dev/null 2>&1 || apt-get download "$p" >/dev/null 2>&1 || { echo "corpus.sh: no package $p, left out" >&2; continue; }
    [ -d "../doc/$p" ] || dpkg-deb -x "$p"_*.deb "../doc/$p"
done
# Dictionaries come compressed; what was unpacked beside the documents is not wanted.
find ../doc -name '*.dict.dz' | while read -r f; do gzip -dc -S .dz "$f" >"${f%.dict.dz}.txt" && rm "$f"; done
find ../doc -type f ! -name '*.htm*' ! -name '*.txt*' ! -name '*.rst*' ! -name '*.gz' ! -name '*.[1-9]' -delete
du -sh ../doc
