"use strict";
// The page of a clash report: a list linked to a 3D view. Texts of the model are only ever set as text.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const PAGE_ROWS = 400;
const FIRST = [0.9, 0.42, 0.12], SECOND = [0.12, 0.42, 0.78];
const KIND_COLOURS = [[0.50, 0.55, 0.62], [0.62, 0.66, 0.71], [0.56, 0.62, 0.66], [0.70, 0.68, 0.62],
  [0.45, 0.66, 0.58], [0.52, 0.66, 0.74]];
const MARKER_COLOURS = { HIGH: [0.78, 0.16, 0.16], MEDIUM: [0.88, 0.53, 0.0], LOW: [0.72, 0.64, 0.0],
  CONNECTION: [0.18, 0.49, 0.20], "": [0.55, 0.2, 0.6] };

// ---------------------------------------------------------------- list

const lists = {
  groups: { title: "Groups", items: data.groups.map((group) => ({ ...group, clashes: group.clashes.map((row) => data.clashes[row]) })) },
  clashes: { title: "Clashes", items: data.clashes },
  joints: { title: "Joints", items: data.joints },
  undecided: { title: "Undecided", items: data.undecided },
};
const state = { list: "groups", query: "", shown: PAGE_ROWS, open: new Set(), chosen: null, severities: new Set(["HIGH", "MEDIUM", "LOW", ""]) };

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function pairName(clash) {
  return `${data.members[clash.a].name} × ${data.members[clash.b].name}`;
}

function memberText(index) {
  return Object.values(data.members[index]).join(" ");
}

function clashText(clash) {
  clash.text ??= `${memberText(clash.a)} ${memberText(clash.b)} ${clash.said}`.toLowerCase();
  return clash.text;
}

function isListed(item) {
  if ((state.list === "groups" || state.list === "clashes") && !state.severities.has(item.severity || "")) return false;
  if (!state.query) return true;
  if (item.clashes) return item.title.toLowerCase().includes(state.query) || item.clashes.some((clash) => clashText(clash).includes(state.query));
  return clashText(item).includes(state.query);
}

function severityChip(severity) {
  return make("span", `chip ${severity || ""}`, severity === "CONNECTION" ? "JOINT" : severity || "–");
}

function facts(item) {
  const parts = item.clashes ? [`${item.clashes.length} clash${item.clashes.length === 1 ? "" : "es"}`, item.cause] : [item.said];
  if (item.hours !== undefined && item.hours !== null && item.severity !== "CONNECTION") parts.push(`${+item.hours.toFixed(2)} h`);
  return parts.join(" · ");
}

function row(item, inner) {
  const made = make("button", inner ? "row inner" : "row");
  made.append(severityChip(item.severity), make("span", "", item.clashes ? item.title : pairName(item)), make("span", "facts", facts(item)));
  made.classList.toggle("chosen", state.chosen === item);
  made.addEventListener("click", () => {
    if (item.clashes && state.chosen === item) {
      if (!state.open.delete(item)) state.open.add(item);
    } else if (item.clashes) state.open.add(item);
    choose(item, true);
  });
  return made;
}

function listedItems() {
  return lists[state.list].items.filter(isListed);
}

function rowsInOrder() {
  return listedItems().slice(0, state.shown).flatMap((item) => (item.clashes && state.open.has(item) ? [item, ...item.clashes] : [item]));
}

function showList() {
  const found = listedItems(), place = byId("list"), scrolled = place.scrollTop;
  place.replaceChildren();
  for (const item of found.slice(0, state.shown)) {
    place.append(row(item, false));
    if (item.clashes && state.open.has(item)) for (const clash of item.clashes) place.append(row(clash, true));
  }
  if (found.length > state.shown) {
    const more = make("button", "row", `${found.length - state.shown} more …`);
    more.addEventListener("click", () => { state.shown += PAGE_ROWS; showList(); });
    place.append(more);
  }
  if (!found.length) place.append(make("p", "row", "Nothing here."));
  place.scrollTop = scrolled;
}

function showFilters() {
  const place = byId("filters");
  place.replaceChildren();
  const toggle = (text, pressed, act) => {
    const made = make("button", "", text);
    made.setAttribute("aria-pressed", String(pressed));
    made.addEventListener("click", () => { act(); state.shown = PAGE_ROWS; showFilters(); showList(); draw(); });
    place.append(made);
  };
  for (const [name, list] of Object.entries(lists)) {
    if (list.items.length || name === "groups") toggle(`${list.title} ${list.items.length}`, state.list === name, () => { state.list = name; markers.refill(); });
  }
  if (data.judged) for (const severity of ["HIGH", "MEDIUM", "LOW"]) {
    toggle(severity, state.severities.has(severity), () => {
      if (!state.severities.delete(severity)) state.severities.add(severity);
      markers.refill();
    });
  }
}

function showHeader() {
  byId("title").textContent = data.title;
  const parts = [`${data.clashes.length} clashes in ${data.groups.length} groups`, `${data.members.length} members`, `tolerance ${data.tolerance} mm`, data.created];
  if (data.judged) parts.splice(1, 0, `${data.joints.length} joints`);
  byId("summary").textContent = parts.join(" · ");
  const notices = [];
  if (!data.judged) notices.push("Geometry alone: no trained model was there to tell intended joints from clashes, so joints are among them.");
  if (data.unread) notices.push(`${data.unread} members have no geometry and were not checked.`);
  if (data.notChecked) notices.push(`Not checked: ${data.notChecked}.`);
  if (data.leftOut) notices.push(`${data.leftOut} pairs were left out by the rules.`);
  byId("notice").textContent = notices.join(" ");
  byId("notice").hidden = !notices.length;
}

function showDetail(item) {
  const place = byId("detail");
  place.replaceChildren();
  place.hidden = !item;
  if (!item) return;
  const head = make("h2");
  head.append(severityChip(item.severity), item.clashes ? item.title : item.said);
  place.append(head);
  const list = make("dl");
  const fact = (name, value) => {
    if (value === undefined || value === null || value === "") return;
    list.append(make("dt", "", name), make("dd", "", String(value)));
  };
  if (item.clashes) {
    fact("clashes", item.clashes.length);
    fact("cause", item.cause);
  }
  if (item.severity !== "CONNECTION") fact("hours", item.hours === null ? null : item.hours);
  if (item.confidence !== undefined) fact("confidence", item.confidence >= 0.9995 ? "> 99.9 %" : `${(100 * item.confidence).toFixed(1)} %`);
  place.append(list);
  if (!item.clashes) [item.a, item.b].forEach((index, side) => {
    const { name, ...rest } = data.members[index];
    place.append(make("h3", side ? "second" : "first", name));
    const own = make("dl");
    for (const [key, value] of Object.entries(rest)) own.append(make("dt", "", key.replace("_", " ")), make("dd", "", value));
    place.append(own);
  });
}

function choose(item, fly) {
  state.chosen = item;
  showDetail(item);
  showList();
  if (item && fly) camera.flyTo(item.clashes ? item.clashes : [item]);
  markers.refill();
  draw();
}

function step(by) {
  const rows = rowsInOrder(), at = rows.indexOf(state.chosen);
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  if (next) {
    choose(next, true);
    document.querySelector(".row.chosen")?.scrollIntoView({ block: "nearest" });
  }
}

// ---------------------------------------------------------------- small vectors and matrices

const add = (a, b, scale = 1) => a.map((value, axis) => value + scale * b[axis]);
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

function multiplied(a, b) {
  const out = new Float32Array(16);
  for (let column = 0; column < 4; column++) for (let line = 0; line < 4; line++) {
    for (let inner = 0; inner < 4; inner++) out[4 * column + line] += a[4 * inner + line] * b[4 * column + inner];
  }
  return out;
}

// ---------------------------------------------------------------- camera

const camera = {
  target: [0, 0, 0], yaw: -2.2, pitch: 0.5, distance: 50, flat: false, reach: 100,
  axes() {
    const cp = Math.cos(this.pitch), sp = Math.sin(this.pitch);
    const back = [cp * Math.cos(this.yaw), cp * Math.sin(this.yaw), sp];
    const right = [-Math.sin(this.yaw), Math.cos(this.yaw), 0];
    return { back, right, up: cross(back, right) };
  },
  matrix(aspect) {
    const { back, right, up } = this.axes(), eye = add(this.target, back, this.distance);
    const view = new Float32Array([right[0], up[0], back[0], 0, right[1], up[1], back[1], 0, right[2], up[2], back[2], 0,
      -dot(right, eye), -dot(up, eye), -dot(back, eye), 1]);
    const half = Math.tan(0.4), near = Math.max(this.distance * 0.01, 0.005), far = this.distance + 2 * this.reach;
    const projection = new Float32Array(16);
    if (this.flat) {
      const high = half * this.distance, deep = this.distance + 2 * this.reach;
      projection.set([1 / (high * aspect), 0, 0, 0, 0, 1 / high, 0, 0, 0, 0, -1 / deep, 0, 0, 0, 0, 1]);
    } else {
      projection.set([1 / (half * aspect), 0, 0, 0, 0, 1 / half, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, 2 * far * near / (near - far), 0]);
    }
    return multiplied(projection, view);
  },
  fit() {
    this.target = [0, 0, 0];
    this.distance = 1.35 * this.reach / Math.tan(0.4) / 1.2;
  },
  flyTo(clashes) {
    const low = [0, 1, 2].map((axis) => Math.min(...clashes.slice(0, 5000).map((clash) => clash.at[axis])));
    const high = [0, 1, 2].map((axis) => Math.max(...clashes.slice(0, 5000).map((clash) => clash.at[axis])));
    const size = Math.max(...clashes.slice(0, 5000).map((clash) => clash.size));
    this.target = low.map((value, axis) => (value + high[axis]) / 2);
    this.distance = (Math.hypot(...add(high, low, -1)) * 0.7 + 1.5 * Math.min(size, 4) + 0.7) / Math.tan(0.4);
  },
};

// ---------------------------------------------------------------- drawing

const canvas = byId("view");
let gl, program, dots, meshes, isAlone = false, waiting = false;

const MESH_VERTEX = `#version 300 es
in vec3 position; in float kind; uniform mat4 matrix; out vec3 at; flat out int code;
void main() { at = position; code = int(kind + 0.5); gl_Position = matrix * vec4(position, 1.0); }`;
const MESH_FRAGMENT = `#version 300 es
precision highp float; in vec3 at; flat in int code; uniform vec3 palette[6]; uniform vec4 own; uniform vec3 toward; out vec4 colour;
void main() { vec3 normal = normalize(cross(dFdx(at), dFdy(at))); float light = 0.5 + 0.5 * abs(dot(normal, toward));
  vec3 base = own.r < 0.0 ? palette[code] : own.rgb; colour = vec4(base * light, own.a); }`;
const DOT_VERTEX = `#version 300 es
in vec3 position; in vec3 tint; uniform mat4 matrix; uniform float size; out vec3 shade;
void main() { shade = tint; gl_Position = matrix * vec4(position, 1.0); gl_PointSize = size; }`;
const DOT_FRAGMENT = `#version 300 es
precision mediump float; in vec3 shade; uniform float alpha; out vec4 colour;
void main() { float away = length(gl_PointCoord - 0.5); if (away > 0.5) discard; colour = vec4(away > 0.36 ? vec3(1.0) : shade, alpha); }`;

function built(vertex, fragment) {
  const made = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made) || "shader");
  return made;
}

function place(program_, name, content, size, type) {
  const at = gl.getAttribLocation(program_, name);
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, content, gl.STATIC_DRAW);
  gl.enableVertexAttribArray(at);
  gl.vertexAttribPointer(at, size, type, false, 0, 0);
  return buffer;
}

const markers = {
  items: [], quiet: 0, array: null,  // the first `quiet` of the items are small and pale
  refill() {
    const source = state.list === "groups" ? "clashes" : state.list;
    const chosen = state.chosen ? state.chosen.clashes || [state.chosen] : null;
    const others = isAlone && chosen ? [] : lists[source].items.filter((item) => source !== "clashes" || state.severities.has(item.severity || ""));
    const marked = new Set(chosen || []);
    this.items = chosen ? [...others.filter((item) => !marked.has(item)), ...chosen] : others;
    this.quiet = this.items.length - marked.size;
    if (!chosen) this.quiet = 0;
    if (!gl) return;
    if (this.array) gl.deleteVertexArray(this.array);
    this.array = gl.createVertexArray();
    gl.bindVertexArray(this.array);
    for (const buffer of this.buffers || []) gl.deleteBuffer(buffer);
    const tint = (item) => MARKER_COLOURS[item.severity || ""] || MARKER_COLOURS[""];
    this.buffers = [place(dots, "position", new Float32Array(this.items.flatMap((item) => item.at)), 3, gl.FLOAT),
      place(dots, "tint", new Float32Array(this.items.flatMap(tint)), 3, gl.FLOAT)];
    gl.bindVertexArray(null);
  },
};

function readMeshes(bytes) {
  const head = new Uint32Array(bytes, 0, 4), [members, wide, vertices, triangles] = head;
  const vertexCounts = new Uint32Array(bytes, 16, members), triangleCounts = new Uint32Array(bytes, 16 + 4 * members, members);
  let offset = 16 + 8 * members;
  const positions = new Float32Array(bytes, offset, 3 * vertices);
  offset += 12 * vertices;
  const local = wide === 2 ? new Uint16Array(bytes, offset, 3 * triangles) : new Uint32Array(bytes, offset, 3 * triangles);
  const indices = new Uint32Array(3 * triangles), kinds = new Uint8Array(vertices), starts = new Uint32Array(members + 1);
  let vertex = 0, index = 0;
  for (let member = 0; member < members; member++) {
    const stop = index + 3 * triangleCounts[member];
    for (; index < stop; index++) indices[index] = local[index] + vertex;
    kinds.fill(Math.max(0, data.kinds.indexOf(data.members[member].kind)), vertex, vertex + vertexCounts[member]);
    vertex += vertexCounts[member];
    starts[member + 1] = index;
  }
  let reach = 1;
  for (let at = 0; at < positions.length; at += 3) reach = Math.max(reach, Math.hypot(positions[at], positions[at + 1], positions[at + 2]));
  camera.reach = reach;
  return { positions, indices, kinds, starts };
}

function upload(read) {
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  place(program, "position", read.positions, 3, gl.FLOAT);
  place(program, "kind", read.kinds, 1, gl.UNSIGNED_BYTE);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, read.indices, gl.STATIC_DRAW);
  gl.bindVertexArray(null);
  meshes = { array, starts: read.starts, count: read.indices.length };
}

function sides() {
  const first = new Set(), second = new Set();
  if (state.chosen) for (const clash of state.chosen.clashes || [state.chosen]) { first.add(clash.a); second.add(clash.b); }
  if (state.chosen?.clashes) {
    // one colour for the member that all clashes of the group share, if there is one
    const counts = new Map();
    for (const clash of state.chosen.clashes) for (const member of [clash.a, clash.b]) counts.set(member, (counts.get(member) || 0) + 1);
    const shared = [...counts].filter(([, count]) => count === state.chosen.clashes.length).map(([member]) => member);
    if (shared.length === 1) {
      for (const member of [...first, ...second]) second.add(member);
      first.clear();
      first.add(shared[0]);
      second.delete(shared[0]);
    }
  }
  for (const member of first) second.delete(member);
  return { first, second };
}

function draw() {
  if (waiting || !gl) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; render(); });
}

function render() {
  const ratio = window.devicePixelRatio || 1, width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  const matrix = camera.matrix(width / Math.max(height, 1)), { back } = camera.axes();
  gl.viewport(0, 0, width, height);
  gl.clearColor(0.96, 0.97, 0.98, 1);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  gl.enable(gl.DEPTH_TEST);
  gl.useProgram(program);
  gl.uniformMatrix4fv(gl.getUniformLocation(program, "matrix"), false, matrix);
  gl.uniform3fv(gl.getUniformLocation(program, "palette"), KIND_COLOURS.flat());
  gl.uniform3fv(gl.getUniformLocation(program, "toward"), back);
  const own = gl.getUniformLocation(program, "own");
  gl.bindVertexArray(meshes.array);
  if (!state.chosen) {
    gl.disable(gl.BLEND);
    gl.uniform4f(own, -1, 0, 0, 1);
    gl.drawElements(gl.TRIANGLES, meshes.count, gl.UNSIGNED_INT, 0);
  } else {
    const { first, second } = sides();
    gl.disable(gl.BLEND);
    for (const [members, colour] of [[first, FIRST], [second, SECOND]]) {
      gl.uniform4f(own, ...colour, 1);
      for (const member of members) {
        const start = meshes.starts[member], count = meshes.starts[member + 1] - start;
        if (count) gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_INT, 4 * start);
      }
    }
    if (!isAlone) {
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
      gl.depthMask(false);
      gl.uniform4f(own, -1, 0, 0, 0.13);
      gl.drawElements(gl.TRIANGLES, meshes.count, gl.UNSIGNED_INT, 0);
      gl.depthMask(true);
    }
  }
  gl.disable(gl.BLEND);
  gl.disable(gl.DEPTH_TEST);
  gl.useProgram(dots);
  gl.uniformMatrix4fv(gl.getUniformLocation(dots, "matrix"), false, matrix);
  gl.bindVertexArray(markers.array);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  for (const [start, count, size, alpha] of [[0, markers.quiet, 6, 0.35], [markers.quiet, markers.items.length - markers.quiet, 12, 1]]) {
    if (!count) continue;
    gl.uniform1f(gl.getUniformLocation(dots, "size"), size * ratio);
    gl.uniform1f(gl.getUniformLocation(dots, "alpha"), alpha);
    gl.drawArrays(gl.POINTS, start, count);
  }
  gl.disable(gl.BLEND);
  gl.bindVertexArray(null);
}

function nearestMarker(event) {
  const box = canvas.getBoundingClientRect(), matrix = camera.matrix(box.width / box.height);
  let best = null, least = 12;
  for (const item of markers.items) {
    const [x, y, z] = item.at, w = matrix[3] * x + matrix[7] * y + matrix[11] * z + matrix[15];
    if (w <= 0) continue;
    const column = box.left + box.width * (0.5 + 0.5 * (matrix[0] * x + matrix[4] * y + matrix[8] * z + matrix[12]) / w);
    const line = box.top + box.height * (0.5 - 0.5 * (matrix[1] * x + matrix[5] * y + matrix[9] * z + matrix[13]) / w);
    const away = Math.hypot(column - event.clientX, line - event.clientY);
    if (away <= least) { least = away; best = item; }
  }
  return best;
}

// ---------------------------------------------------------------- hands

let held = null;
canvas.addEventListener("pointerdown", (event) => {
  held = { x: event.clientX, y: event.clientY, moved: 0, pans: event.shiftKey || event.button !== 0 };
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointermove", (event) => {
  if (!held) {
    const item = nearestMarker(event), tip = byId("tip"), box = canvas.getBoundingClientRect();
    tip.hidden = !item;
    if (item) {
      tip.textContent = `${pairName(item)}: ${item.said}`;
      tip.style.left = `${event.clientX - box.left + 14}px`;
      tip.style.top = `${event.clientY - box.top + 14}px`;
    }
    return;
  }
  const dx = event.clientX - held.x, dy = event.clientY - held.y;
  held = { ...held, x: event.clientX, y: event.clientY, moved: held.moved + Math.abs(dx) + Math.abs(dy) };
  if (held.pans || camera.flat) {
    const { right, up } = camera.axes(), scale = 2 * Math.tan(0.4) * camera.distance / canvas.clientHeight;
    camera.target = add(add(camera.target, right, -dx * scale), up, dy * scale);
  } else {
    camera.yaw -= dx * 0.006;
    camera.pitch = Math.min(Math.max(camera.pitch + dy * 0.006, -1.55), 1.55);
  }
  draw();
});
canvas.addEventListener("pointerup", (event) => {
  if (held && held.moved < 4) {
    const item = nearestMarker(event);
    if (item || state.chosen) choose(item, false);
  }
  held = null;
});
canvas.addEventListener("contextmenu", (event) => event.preventDefault());
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  camera.distance = Math.min(Math.max(camera.distance * Math.exp(event.deltaY * 0.0012), 0.05), 20 * camera.reach);
  draw();
}, { passive: false });

function viewFrom(flat) {
  camera.flat = flat;
  [camera.yaw, camera.pitch] = flat ? [-Math.PI / 2, Math.PI / 2] : [-2.2, 0.5];
  draw();
}

function alone() {
  isAlone = !isAlone;
  byId("view-alone").setAttribute("aria-pressed", String(isAlone));
  markers.refill();
  draw();
}

function fit() {
  camera.fit();
  draw();
}

byId("view-3d").addEventListener("click", () => viewFrom(false));
byId("view-plan").addEventListener("click", () => viewFrom(true));
byId("view-fit").addEventListener("click", fit);
byId("view-alone").addEventListener("click", alone);
byId("search").addEventListener("input", (event) => {
  state.query = event.target.value.trim().toLowerCase();
  state.shown = PAGE_ROWS;
  showList();
});
window.addEventListener("resize", draw);
window.addEventListener("keydown", (event) => {
  if (event.target instanceof HTMLInputElement) return;
  const acts = { ArrowDown: () => step(1), ArrowUp: () => step(-1), f: fit, h: alone, Escape: () => choose(null, false) };
  const act = acts[event.key];
  if (act) { event.preventDefault(); act(); }
});

async function start() {
  showHeader();
  showFilters();
  showList();
  try {
    gl = canvas.getContext("webgl2", { antialias: true, alpha: false });
    if (!gl) throw new Error("this browser shows no 3D (WebGL 2)");
    program = built(MESH_VERTEX, MESH_FRAGMENT);
    dots = built(DOT_VERTEX, DOT_FRAGMENT);
    const packed = Uint8Array.from(atob(byId("geometry").textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    upload(readMeshes(await new Response(stream).arrayBuffer()));
    byId("geometry").remove();
    markers.refill();
    camera.fit();
    const wanted = new URLSearchParams(location.hash.slice(1)).get("group");
    if (wanted !== null && lists.groups.items[+wanted]) { state.open.add(lists.groups.items[+wanted]); choose(lists.groups.items[+wanted], true); }
    draw();
  } catch (error) {
    gl = null;
    byId("trouble").textContent = `The list works, the view does not: ${error.message}`;
    byId("trouble").hidden = false;
  }
}

start();
