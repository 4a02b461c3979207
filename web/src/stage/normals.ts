// Normals with a crease angle for a triangle mesh on an integer grid.
// Reads: vertices (u16 triples), triangle indices. Writes: positions (grid units), unit normals, indices.
// Method: vertices at the same grid point are welded; a corner's normal is the area-weighted mean of the faces at
// that point whose own normal lies within the crease angle; corners that agree share one output vertex.

const kCreaseCos = Math.cos((38 * Math.PI) / 180);
const kSameCos = 0.9995;

export interface SmoothMesh {
  positions: Float32Array<ArrayBuffer>;
  normals: Float32Array<ArrayBuffer>;
  indices: Uint32Array<ArrayBuffer>;
}

export function smoothNormals(grid: Uint16Array, indices: Uint16Array | Uint32Array): SmoothMesh {
  const weld = weldVertices(grid);
  const faces = faceNormals(grid, indices);
  const around = facesAround(weld, indices, grid.length / 3);
  return emit(grid, indices, weld, faces, around);
}

/** For every vertex the first vertex at the same grid point. */
function weldVertices(grid: Uint16Array): Uint32Array {
  const weld = new Uint32Array(grid.length / 3);
  const first = new Map<number, number>();
  for (let i = 0; i < weld.length; i++) {
    const key = grid[3 * i] + 65536 * (grid[3 * i + 1] + 65536 * grid[3 * i + 2]); // 48 bits, exact in a double
    const found = first.get(key);
    if (found === undefined) first.set(key, i);
    weld[i] = found ?? i;
  }
  return weld;
}

/** Normal of every face, its length twice the face's area: 3 floats a face. */
function faceNormals(grid: Uint16Array, indices: Uint16Array | Uint32Array): Float32Array {
  const normals = new Float32Array(indices.length);
  for (let f = 0; f < indices.length; f += 3) {
    const a = 3 * indices[f];
    const b = 3 * indices[f + 1];
    const c = 3 * indices[f + 2];
    const ux = grid[b] - grid[a];
    const uy = grid[b + 1] - grid[a + 1];
    const uz = grid[b + 2] - grid[a + 2];
    const vx = grid[c] - grid[a];
    const vy = grid[c + 1] - grid[a + 1];
    const vz = grid[c + 2] - grid[a + 2];
    normals[f] = uy * vz - uz * vy;
    normals[f + 1] = uz * vx - ux * vz;
    normals[f + 2] = ux * vy - uy * vx;
  }
  return normals;
}

/** The faces around every welded vertex, as start offsets into one list. */
function facesAround(weld: Uint32Array, indices: Uint16Array | Uint32Array, vertices: number) {
  const start = new Uint32Array(vertices + 1);
  for (let i = 0; i < indices.length; i++) start[weld[indices[i]] + 1]++;
  for (let v = 0; v < vertices; v++) start[v + 1] += start[v];
  const fill = start.slice();
  const faces = new Uint32Array(indices.length);
  for (let i = 0; i < indices.length; i++) faces[fill[weld[indices[i]]]++] = i - (i % 3);
  return { start, faces };
}

function emit(
  grid: Uint16Array, indices: Uint16Array | Uint32Array, weld: Uint32Array, faceNormal: Float32Array,
  around: { start: Uint32Array; faces: Uint32Array },
): SmoothMesh {
  const out = new Uint32Array(indices.length);
  const source: number[] = []; // output vertex → grid vertex
  const normals: number[] = [];
  const next: number[] = []; // output vertices of one welded vertex, as a linked list
  const firstOf = new Int32Array(weld.length).fill(-1);
  const n = [0, 0, 0];
  for (let i = 0; i < indices.length; i++) {
    const v = weld[indices[i]];
    cornerNormal(i - (i % 3), around.faces, around.start[v], around.start[v + 1], faceNormal, n);
    let found = firstOf[v];
    while (found >= 0 && n[0] * normals[3 * found] + n[1] * normals[3 * found + 1] + n[2] * normals[3 * found + 2] < kSameCos) {
      found = next[found];
    }
    if (found < 0) {
      found = source.length;
      source.push(v);
      normals.push(n[0], n[1], n[2]);
      next.push(firstOf[v]);
      firstOf[v] = found;
    }
    out[i] = found;
  }
  const positions = new Float32Array(3 * source.length);
  for (let i = 0; i < source.length; i++) {
    for (let k = 0; k < 3; k++) positions[3 * i + k] = grid[3 * source[i] + k];
  }
  return { positions, normals: Float32Array.from(normals), indices: out };
}

function cornerNormal(face: number, faces: Uint32Array, from: number, to: number, normal: Float32Array, out: number[]): void {
  const x = normal[face];
  const y = normal[face + 1];
  const z = normal[face + 2];
  const length = Math.hypot(x, y, z);
  let sx = 0;
  let sy = 0;
  let sz = 0;
  for (let k = from; k < to; k++) {
    const f = faces[k];
    const fx = normal[f];
    const fy = normal[f + 1];
    const fz = normal[f + 2];
    if (x * fx + y * fy + z * fz >= kCreaseCos * length * Math.hypot(fx, fy, fz)) {
      sx += fx;
      sy += fy;
      sz += fz;
    }
  }
  const sum = Math.hypot(sx, sy, sz);
  out[0] = sum > 0 ? sx / sum : 0;
  out[1] = sum > 0 ? sy / sum : 0;
  out[2] = sum > 0 ? sz / sum : 1; // a face without area: any unit vector
}
