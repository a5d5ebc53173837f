// The map's own browser code: parcel tiles, overview tiles, outlines and the legend. Text enters the page by
// textContent only. Data come as one JSON object a call; nothing here asks another host.
(function () {
  "use strict";

  // VectorGrid 1.3.0 calls what Leaflet 1.8 removed (its issue 274, fixed there after the last release).
  L.DomEvent.fakeStop = L.DomEvent.fakeStop || function () { return true; };

  var CELL = 8; // pixels of one hatch cell; divides the tile's 256, so the lines run on over tile edges

  function strokeHatch(context, kind) {
    context.beginPath();
    if (kind === "/" || kind === "x") {
      context.moveTo(-1, CELL + 1); context.lineTo(CELL + 1, -1);
      context.moveTo(-1, 1); context.lineTo(1, -1);
      context.moveTo(CELL - 1, CELL + 1); context.lineTo(CELL + 1, CELL - 1);
    }
    if (kind === "\\" || kind === "x") {
      context.moveTo(-1, -1); context.lineTo(CELL + 1, CELL + 1);
      context.moveTo(-1, CELL - 1); context.lineTo(1, CELL + 1);
      context.moveTo(CELL - 1, -1); context.lineTo(CELL + 1, 1);
    }
    context.stroke();
  }

  function hatchCanvas(kind, colour) {
    var canvas = document.createElement("canvas");
    canvas.width = canvas.height = CELL;
    var context = canvas.getContext("2d");
    context.strokeStyle = colour;
    context.lineWidth = 1;
    strokeHatch(context, kind);
    return canvas;
  }

  function fill(swatch, edge) {
    if (!swatch.hatch) {
      return {fill: true, fillColor: swatch.colour, fillOpacity: 1, color: edge, weight: 1};
    }
    var canvas = hatchCanvas(swatch.hatch, swatch.colour);
    var pattern = canvas.getContext("2d").createPattern(canvas, "repeat");
    return {fill: true, fillColor: pattern, fillOpacity: 1, color: swatch.colour, weight: 1, dashArray: "4 3"};
  }

  function shell(map, words) {
    map.getContainer().style.background = "#fff"; // what the legend's hatches lie on
    map.attributionControl.setPrefix(false).addAttribution(words.attribution);
    L.control.zoom({zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out}).addTo(map);
    L.control.scale({imperial: false}).addTo(map);
    if (L.drawLocal) { merge(L.drawLocal, words.draw); }
  }

  function merge(into, from) {
    Object.keys(from).forEach(function (key) {
      if (typeof from[key] !== "object") { into[key] = from[key]; } else if (into[key]) { merge(into[key], from[key]); }
    });
  }

  var ROOM = 26; // pixels a part of a parcel must have each way before its class is written on it

  // Writes the class on each parcel of a tile, where there is room, so that colour never says it alone.
  function write(renderer, canvas, o) {
    var context = canvas.getContext("2d");
    context.save();
    context.setLineDash([]);
    context.font = "bold 12px sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 3;
    context.strokeStyle = "#fff";
    context.fillStyle = "#000";
    Object.keys(renderer._features).forEach(function (id) {
      var feature = renderer._features[id].feature;
      var mark = o.marks[feature.properties[o.colour_by]];
      if (!mark || !feature._parts) { return; }
      var box = L.bounds([].concat.apply([], feature._parts));
      var low = L.point(Math.max(box.min.x, 0), Math.max(box.min.y, 0));
      var high = L.point(Math.min(box.max.x, canvas.width), Math.min(box.max.y, canvas.height));
      var middle = low.add(high).divideBy(2);
      if (high.x - low.x < ROOM || high.y - low.y < ROOM || !feature._containsPoint(middle)) { return; }
      context.strokeText(mark, middle.x, middle.y);
      context.fillText(mark, middle.x, middle.y);
    });
    context.restore();
  }

  function parcels(o) {
    var styles = o.swatches.map(function (swatch) { return fill(swatch, o.edge); });
    var nothing = {fill: false, stroke: false};
    var layer = L.vectorGrid.protobuf(o.url, {
      rendererFactory: L.canvas.tile,
      interactive: true,
      opacity: o.opacity,
      minZoom: o.min_zoom,
      maxNativeZoom: o.max_native_zoom,
      maxZoom: o.max_zoom,
      getFeatureId: function (feature) { return feature.properties.pid; },
      vectorTileLayerStyles: {p: function (properties) { return styles[properties[o.colour_by]] || nothing; }}
    });
    var hover = null;
    function leave() { if (hover) { hover.remove(); hover = null; } }
    layer.on("click", function (event) {
      event.layer.toGeoJSON = undefined; // streamlit-folium would call it, and it throws on a tile's feature
      window.__GLOBAL_DATA__.last_object_clicked_tooltip = event.layer.properties.pid;
      L.DomEvent.stop(event);
    });
    layer.on("mouseover", function (event) {
      leave();
      var text = o.labels[event.layer.properties[o.colour_by]];
      if (!text || !layer._map) { return; }
      var box = document.createElement("div");
      box.textContent = text;
      hover = L.tooltip({sticky: true}).setLatLng(event.latlng).setContent(box).addTo(layer._map);
    });
    layer.on("mouseout remove", leave);
    layer.on("tileload", function (event) {
      var renderer = layer._vectorTiles[layer._tileCoordsToKey(event.coords)];
      if (renderer) { write(renderer, event.tile, o); }
    });
    return layer;
  }

  function images(o) {
    return L.tileLayer(o.url, {
      minZoom: o.min_zoom, maxZoom: o.max_zoom, maxNativeZoom: o.max_native_zoom, opacity: o.opacity
    });
  }

  function outline(o) {
    return L.geoJSON(o.data, {
      interactive: false,
      style: function (feature) {
        var swatch = o.swatches[feature.properties.code];
        var style = {color: o.edge, weight: o.weight, fill: false, dashArray: null};
        if (!swatch) { return style; }
        if (swatch.hatch) { style.color = swatch.colour; style.dashArray = "4 3"; return style; }
        style.fill = true; style.fillColor = swatch.colour; style.fillOpacity = 0.55;
        return style;
      }
    });
  }

  function legendBox(o) {
    var box = L.DomUtil.create("div", "mujian-legend");
    box.style.cssText = "background:#fff;padding:8px 10px;border-radius:4px;box-shadow:0 1px 4px #0006;"
      + "font:13px/1.5 sans-serif;max-height:60vh;overflow:auto";
    var title = L.DomUtil.create("b", "", box);
    title.textContent = o.title;
    o.entries.forEach(function (entry) {
      var row = L.DomUtil.create("div", "", box);
      var key = L.DomUtil.create("span", entry.hatch ? "hatched" : "solid", row);
      key.style.cssText = "display:inline-block;width:22px;height:14px;margin-right:6px;vertical-align:-2px;"
        + "border:1px solid #444";
      if (entry.hatch) {
        key.style.borderStyle = "dashed";
        key.style.backgroundImage = "url(" + hatchCanvas(entry.hatch, entry.colour).toDataURL() + ")";
      } else {
        key.style.backgroundColor = entry.colour;
      }
      row.appendChild(document.createTextNode(entry.label));
    });
    L.DomEvent.disableClickPropagation(box);
    return box;
  }

  // A layer, not a control: it comes and goes with the feature group that holds it, and leaves no double behind.
  var Legend = L.Layer.extend({
    initialize: function (o) {
      this._control = L.control({position: "bottomright"});
      this._control.onAdd = function () { return legendBox(o); };
    },
    onAdd: function (map) { this._control.addTo(map); },
    onRemove: function () { this._control.remove(); }
  });

  window.mujian = {
    shell: shell, parcels: parcels, images: images, outline: outline,
    legend: function (o) { return new Legend(o); }
  };
})();
