// Interactive plots of the report: reads the JSON in #points, draws with Plotly, asks nothing of any network.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("points").textContent);
  const root = document.documentElement;
  const MARKERS = { o: "circle", s: "square", "^": "triangle-up", D: "diamond", v: "triangle-down", P: "cross", p: "pentagon", x: "x-thin", ".": "circle" };
  // The 3-D plot knows fewer shapes; open ones keep seven different.
  const SOLIDS = { o: "circle", s: "square", "^": "diamond-open", D: "diamond", v: "square-open", P: "cross", p: "circle-open", x: "x", ".": "circle" };
  // Plotly offers to upload a plot to its makers' site unless it is told not to.
  const CONFIG = { showSendToCloud: false, plotlyServerURL: "", displaylogo: false, displayModeBar: "hover", responsive: true, scrollZoom: false,
    modeBarButtonsToRemove: ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d", "hoverClosestCartesian", "hoverCompareCartesian", "toggleSpikelines"] };
  const state = { space: 0, colour: 0, axes: [0, 1, 2], hidden: new Set() };

  // Plotly reads a few tags in texts; names from the table must not become any.
  const safe = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const short = (text, most = 40) => (text.length > most ? text.slice(0, most / 2) + "…" + text.slice(-most / 2 + 1) : text);
  const ink = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const write = (value) => (value === null ? "–" : Number(value.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4 }));
  const titled = ({ name, unit }) => (!unit || name.includes(`(${unit})`) || name.includes(`[${unit}]`) ? name : `${name} (${unit})`);
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const hasWebGL = (() => {
    try { return Boolean(document.createElement("canvas").getContext("webgl")); } catch { return false; }
  })();

  const look = (position, grouping) => {
    if (position === grouping.noise) return { colour: data.look.noise, marker: "x" };
    if (/^other \(\d+ class/.test(grouping.groups[position])) return { colour: data.look.noise, marker: "." };
    const { markers } = data.look;
    const colours = isDark() ? data.look.on_dark : data.look.colours;
    return { colour: colours[position % colours.length], marker: markers[position % markers.length] };
  };

  const pick = (values, indices) => indices.map((index) => values[index]);
  const everyRow = data.rows.map((_, index) => index);
  const told = data.columns.filter((column) => column.told);

  // Pointing at a row tells its class, its side of the split, the grouping that is shown and a few columns.
  const tellsOf = new Map();
  const tells = () => {
    if (!tellsOf.has(state.colour)) tellsOf.set(state.colour, everyRow.map(tell));
    return tellsOf.get(state.colour);
  };
  const tell = (index) => {
    const lines = [`<b>row ${data.rows[index].toLocaleString("en")}</b>`];
    data.groupings.forEach((grouping, position) => {
      if (position && position !== state.colour && position < data.groupings.length - 1) return;
      lines.push(`${safe(short(grouping.name))}: ${safe(short(grouping.groups[grouping.codes[index]]))}`);
    });
    for (const column of told) lines.push(`${safe(short(titled(column)))}: ${write(column.values[index])}`);
    return lines.join("<br>");
  };

  const choice = () => {
    if (state.colour < data.groupings.length) return { grouping: data.groupings[state.colour] };
    const position = state.colour - data.groupings.length;
    const axes = data.spaces[0].axes;
    if (position < axes.length) return { name: axes[position], values: data.spaces[0].codes[position] };
    const column = data.columns[position - axes.length];
    return { name: titled(column), values: column.values };
  };

  const series = (solid) => {
    const many = data.rows.length > 1500;
    const size = (solid ? 4.2 : 7) * (many ? 0.65 : 1);
    const chosen = choice();
    if (!chosen.grouping) {
      const bar = { title: { text: safe(short(chosen.name, 24)), side: "right" }, thickness: 12, len: 0.8, outlinewidth: 0 };
      return [{ indices: everyRow, name: "", marker: { size, color: chosen.values, colorscale: "Cividis", showscale: true, colorbar: bar, opacity: 0.9 } }];
    }
    // Noise is drawn first, so that it lies beneath the clusters.
    const order = chosen.grouping.groups.map((_, position) => position).sort((one, other) => (other === chosen.grouping.noise) - (one === chosen.grouping.noise));
    return order.flatMap((position) => {
      const name = chosen.grouping.groups[position];
      if (state.hidden.has(position)) return [];
      const { colour, marker } = look(position, chosen.grouping);
      const noise = marker === "x";
      const line = noise && !solid ? { width: 1.6, color: colour } : { width: solid ? 0 : 0.6, color: ink("--paper") };
      const indices = everyRow.filter((index) => chosen.grouping.codes[index] === position);
      return [{ indices, name, position, marker: { size: noise && solid ? size * 0.7 : size, color: colour, symbol: (solid ? SOLIDS : MARKERS)[marker], line, opacity: many ? 0.75 : 0.9 } }];
    });
  };

  const axis = (title) => ({ title: { text: safe(title) }, gridcolor: ink("--grid"), zerolinecolor: ink("--line"), linecolor: ink("--line"), color: ink("--ink"), automargin: true });
  const base = () => ({ paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, margin: { l: 55, r: 15, t: 12, b: 48 },
    font: { family: ink("--sans"), color: ink("--ink"), size: 13 }, hoverlabel: { align: "left", font: { size: 12 } }, dragmode: "zoom",
    modebar: { bgcolor: "rgba(0,0,0,0)", color: ink("--line"), activecolor: ink("--link") } });
  const hover = (indices) => ({ customdata: indices, text: pick(tells(), indices), hovertemplate: "%{text}<extra></extra>" });

  const show = (id, traces, layout) => {
    const plot = byId(id);
    plot.hidden = false;
    Plotly.react(plot, traces, layout, CONFIG);
    if (!plot.dataset.ready) {
      plot.dataset.ready = "yes";
      plot.on("plotly_click", (event) => tellRow(event.points[0].customdata));
    }
  };

  const drawFlat = (id, first, second) => {
    const space = data.spaces[state.space];
    const traces = series(false).map(({ indices, name, marker }) => ({ type: "scatter", mode: "markers", name,
      x: pick(space.codes[first], indices), y: pick(space.codes[second], indices),
      marker: Array.isArray(marker.color) ? { ...marker, color: pick(marker.color, indices), showscale: false } : marker, ...hover(indices) }));
    show(id, traces, { ...base(), xaxis: axis(space.axes[first]), yaxis: axis(space.axes[second]) });
  };

  const drawSolid = () => {
    const space = data.spaces[state.space];
    const [first, second, third] = state.axes;
    const traces = series(true).map(({ indices, name, marker }) => ({ type: "scatter3d", mode: "markers", name,
      x: pick(space.codes[first], indices), y: pick(space.codes[second], indices), z: pick(space.codes[third], indices), marker, ...hover(indices) }));
    const plane = (position) => ({ ...axis(space.axes[position]), showbackground: false, automargin: undefined, nticks: 5 });
    show("plot-solid", traces, { ...base(), margin: { l: 0, r: 0, t: 0, b: 0 }, dragmode: "orbit", uirevision: "keep",
      scene: { xaxis: plane(first), yaxis: plane(second), zaxis: plane(third), aspectmode: "cube", camera: { eye: { x: 1.55, y: -1.7, z: 0.85 }, center: { x: 0, y: 0, z: -0.1 } } } });
  };

  const drawLine = () => {
    const space = data.spaces[state.space];
    const first = state.axes[0];
    const traces = series(false).map(({ indices, name, marker, position = 0 }) => ({ type: "scatter", mode: "markers", name, x: pick(space.codes[first], indices),
      y: indices.map((index) => -position + ((index * 0.618034) % 1) * 0.6 - 0.3), marker, ...hover(indices) }));
    show("plot-xy", traces, { ...base(), xaxis: axis(space.axes[first]), yaxis: { visible: false } });
  };

  const drawMap = () => {
    const count = data.spaces[state.space].axes.length;
    for (const id of ["plot-solid", "plot-xy", "plot-xz", "plot-yz"]) byId(id).hidden = true;
    const [first, second, third] = state.axes;
    byId("plot-xy").classList.toggle("alone", count < 3);
    if (count === 1) { drawLine(); return; }
    drawFlat("plot-xy", first, second);
    if (count < 3) return;
    if (hasWebGL) drawSolid();
    drawFlat("plot-xz", first, third);
    drawFlat("plot-yz", second, third);
  };

  const SHAPES = { o: "M7 2a5 5 0 1 0 .01 0z", s: "M2.5 2.5h9v9h-9z", "^": "M7 2l5.5 10h-11z", D: "M7 1l6 6-6 6-6-6z", v: "M7 12l5.5-10h-11z", P: "M5 1.5h4V5h3.5v4H9v3.5H5V9H1.5V5H5z", p: "M7 1.5l5.7 4.2-2.2 6.8h-7L1.300 5.700z", ".": "M7 4a3 3 0 1 0 .01 0z" };
  const glyph = ({ colour, marker }) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const path = document.createElementNS(space, "path");
    svg.setAttribute("viewBox", "0 0 14 14");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", marker === "x" ? "M3 3l8 8M11 3l-8 8" : SHAPES[marker]);
    path.setAttribute("fill", marker === "x" ? "none" : colour);
    if (marker === "x") { path.setAttribute("stroke", colour); path.setAttribute("stroke-width", "1.8"); }
    svg.append(path);
    return svg;
  };

  const drawLegend = () => {
    const { grouping } = choice();
    byId("legend").replaceChildren(...(grouping ? grouping.groups : []).flatMap((name, position) => {
      if (!name) return [];
      const button = document.createElement("button");
      const count = document.createElement("span");
      button.type = "button";
      button.setAttribute("aria-pressed", String(!state.hidden.has(position)));
      count.className = "count";
      count.textContent = grouping.codes.reduce((sum, code) => sum + (code === position), 0).toLocaleString("en");
      button.append(glyph(look(position, grouping)), short(name), " ", count);
      button.addEventListener("click", () => {
        if (!state.hidden.delete(position)) state.hidden.add(position);
        button.setAttribute("aria-pressed", String(!state.hidden.has(position)));
        drawMap();
      });
      return [button];
    }));
  };

  const cell = (tag, text, kind) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  const tellRow = (index) => {
    if (index === undefined || index === null) return;
    const table = document.createElement("table");
    const body = document.createElement("tbody");
    table.append(cell("caption", `Row ${data.rows[index].toLocaleString("en")}`), body);
    const add = (name, value) => {
      const line = document.createElement("tr");
      const head = cell("th", name);
      head.scope = "row";
      line.append(head, cell("td", value, "n"));
      body.append(line);
    };
    for (const grouping of data.groupings) add(grouping.name, grouping.groups[grouping.codes[index]]);
    data.spaces[0].axes.forEach((name, position) => add(name, write(data.spaces[0].codes[position][index])));
    for (const column of data.columns.slice(0, 40)) add(titled(column), write(column.values[index]));
    byId("row").replaceChildren(table);
  };

  const drawLoss = () => {
    const { history } = data;
    const curves = [["loss", "training, as it learns", data.look.colours[4], "dash"], ["clean_loss", "training, without noise", data.look.colours[0], "solid"], ["val_loss", "validation", data.look.colours[1], "solid"]];
    const traces = curves.flatMap(([key, name, color, dash]) => {
      const y = history[key];
      if (!y || !y.some((value) => value !== null)) return [];
      return [{ type: "scatter", mode: y.length > 1 ? "lines" : "markers", name, x: history.epoch, y, line: { color, dash, width: 2 }, marker: { color }, hovertemplate: "%{y:.4g}" }];
    });
    const best = data.best_epoch;
    const mark = best > 0 ? { shapes: [{ type: "line", x0: best, x1: best, yref: "paper", y0: 0, y1: 1, line: { color: ink("--muted"), dash: "dot", width: 1.5 } }],
      annotations: [{ x: best, yref: "paper", y: 1, text: `best epoch ${best.toLocaleString("en")}`, showarrow: false, xanchor: best > 0.6 * history.epoch.length ? "right" : "left", yanchor: "top", font: { color: ink("--muted") } }] } : {};
    const values = traces.flatMap((trace) => trace.y.filter((value) => value !== null));
    const wide = values.length && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 30;
    show("plot-loss", traces, { ...base(), ...mark, hovermode: "x unified", showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom" }, margin: { l: 60, r: 15, t: 40, b: 48 },
      hoverlabel: { bgcolor: ink("--paper"), bordercolor: ink("--line") }, xaxis: axis("epoch"), yaxis: { ...axis(data.loss_axis), type: wide ? "log" : "linear" } });
  };

  const fill = (id, names, chosen, changed) => {
    const select = byId(id);
    select.replaceChildren(...names.map((name, position) => new Option(short(name), String(position), false, position === chosen)));
    select.onchange = () => changed(Number(select.value));
  };

  const drawControls = () => {
    const { axes } = data.spaces[state.space];
    state.axes = state.axes.map((position) => Math.min(position, axes.length - 1));
    fill("space", data.spaces.map((space) => space.name), state.space, (value) => { state.space = value; drawControls(); drawMap(); });
    const colours = [...data.groupings.map((grouping) => grouping.name), ...data.spaces[0].axes, ...data.columns.map(titled)];
    fill("colour", colours, state.colour, (value) => { state.colour = value; state.hidden.clear(); drawLegend(); drawMap(); });
    ["axis-x", "axis-y", "axis-z"].forEach((id, position) => fill(id, axes, state.axes[position], (value) => { state.axes[position] = value; drawMap(); }));
    document.querySelector(".needs-two").hidden = axes.length < 2;
    document.querySelector(".needs-three").hidden = axes.length < 3;
  };

  const drawAll = () => { drawMap(); drawLoss(); };
  const redraw = () => { drawLegend(); drawAll(); };
  const remember = (theme) => { try { localStorage.setItem("latentia-theme", theme); } catch { /* a page from a file may keep nothing */ } };
  const remembered = () => { try { return localStorage.getItem("latentia-theme"); } catch { return null; } };

  const start = () => {
    const theme = remembered();
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
    byId("theme").addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; remember(root.dataset.theme); redraw(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
    drawControls();
    drawLegend();
    drawAll();
  };

  try { start(); } catch (error) { document.body.classList.add("without-plots"); console.error(error); }
})();
