#!/bin/sh
# Renews the vendored browser files from their pinned npm packages; needed only when a version changes, never at run time.
# Usage: sh gis/assets/vendor.sh            (needs npm, tar, sha256sum)
#        sh gis/assets/vendor.sh font TTC   (needs pyftsubset of fonttools; TTC = NotoSansCJK-Regular.ttc of Debian fonts-noto-cjk)
# Afterwards `sha256sum -c SHA256SUMS` in this folder must pass; after a deliberate version change write the sums anew.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

package() { # name@version sha256-of-the-tarball
  cd "$scratch"
  tarball=$(npm pack --silent "$1" | tail -1)
  echo "$2  $tarball" | sha256sum -c --quiet -
  folder="$scratch/${1%@*}"
  mkdir -p "$folder"
  tar xzf "$tarball" -C "$folder" --strip-components 1
}

place() { # folder-in-assets file-or-folder ...
  target="$here/$1"
  shift
  mkdir -p "$target"
  cp -R "$@" "$target/"
}

font() { # NotoSansCJK-Regular.ttc; index 2 of the collection is Noto Sans CJK SC
  python3 - > "$scratch/gbk.txt" <<'P'
pairs = (bytes([high, low]) for high in range(0x81, 0xFF) for low in range(0x40, 0xFF) if low != 0x7F)
characters = {chr(code) for code in [*range(0x20, 0x7F), *range(0xA0, 0x100)]} | set("㎡㎥²³≤≥○●■□▲△◆℃〇")
characters |= {text for text in (pair.decode("gbk", errors="ignore") for pair in pairs) if len(text) == 1}
print("".join(sorted(one for one in characters if not 0xE000 <= ord(one) <= 0xF8FF)))
P
  mkdir -p "$here/fonts"
  pyftsubset "$1" --font-number=2 --text-file="$scratch/gbk.txt" --output-file="$here/fonts/NotoSansCJKsc-GBK.otf" \
    --layout-features= --no-hinting --name-IDs='*' --notdef-outline
}

if [ "${1:-}" = font ]; then
  font "$2"
  exit
fi
package leaflet@1.9.4 84c65a256e50657896f54c33bd857b6849ebe94c817803be818bf32a3dde0b77
package leaflet.vectorgrid@1.3.0 4eaf00b9c3c80e53d59a84a9d3523f1b9ae3149e709db6fa293e9c292739ed7e
package leaflet-draw@1.0.4 b3ec161a931ad88b3f008283b824ceac5af98b5ec603877f294834d1edcc3aa6
package leaflet.fullscreen@3.0.0 b19f191d11fc2e6afbb75af9e79cb923087a630e4c35a565353d756ed6c1c77a
package leaflet-measure@3.1.0 c1223aba2c2a824b69c5f60de0f39f5308468c45a8ee6c8fabf465a722a3ac62
package leaflet-mouse-position@1.2.0 cfff7ee9fa61f027ed54ecf45ee2dd5b2138a1b6ef5ebbe05ef8b5fdcaa659d8
cd "$scratch"
place leaflet leaflet/dist/leaflet.js leaflet/dist/leaflet.css leaflet/dist/images
place vectorgrid leaflet.vectorgrid/dist/Leaflet.VectorGrid.bundled.js
place draw leaflet-draw/dist/leaflet.draw.js leaflet-draw/dist/leaflet.draw.css
place draw/images leaflet-draw/dist/images/spritesheet.png leaflet-draw/dist/images/spritesheet-2x.png leaflet-draw/dist/images/spritesheet.svg
place fullscreen leaflet.fullscreen/Control.FullScreen.js leaflet.fullscreen/Control.FullScreen.css leaflet.fullscreen/icon-fullscreen.svg
place measure leaflet-measure/dist/leaflet-measure.cn.js leaflet-measure/dist/leaflet-measure.css leaflet-measure/dist/assets
rm "$here/measure/assets/leaflet-measure.png"                # a screenshot, 0.6 MB, asked for by nothing
place mouse leaflet-mouse-position/src/L.Control.MousePosition.js leaflet-mouse-position/src/L.Control.MousePosition.css
cp leaflet/LICENSE "$here/licences/leaflet.txt"
cp leaflet.fullscreen/LICENSE "$here/licences/leaflet.fullscreen.txt"
cp leaflet-measure/LICENSE "$here/licences/leaflet-measure.txt"
cp leaflet-mouse-position/MIT-LICENCE.txt "$here/licences/leaflet-mouse-position.txt"
cd "$here"
sha256sum -c --quiet SHA256SUMS
