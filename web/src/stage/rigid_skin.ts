// One draw call for a whole robot: every vertex knows its link, and the links' poses lie in a small texture.
// Reads: geometries a link (mesh_store), poses (kLinkFloats a link). Writes: one mesh, and one more for what is see-through.
// Method: a vertex is moved by its link's 3×4 matrix, fetched from the texture (three texels a link) in the vertex shader,
// in the picture and in the shadow alike. Colour, roughness and metalness travel with the vertex.

import {
  BufferAttribute, BufferGeometry, Color, DataTexture, FloatType, Group, Mesh, MeshDepthMaterial, MeshStandardMaterial, RGBAFormat, SRGBColorSpace,
  type Material, type WebGLProgramParametersWithUniforms,
} from 'three';
import { kLinkFloats } from '../protocol.ts';
import type { LinkGeometry } from './mesh_pack.ts';
import { studioLight } from './studio.ts';

const kTexels = 3; // a link's matrix, row by row

export class RigidSkin {
  readonly group = new Group();
  private readonly bones: DataTexture;
  private readonly matrices: Float32Array;
  private readonly made: { dispose(): void }[] = [];

  /** links: names in the order of the poses. A part of a link that is not among them has nothing to hang on. */
  constructor(private readonly links: string[], geometries: LinkGeometry[]) {
    this.matrices = new Float32Array(4 * kTexels * Math.max(1, links.length));
    this.bones = new DataTexture(this.matrices, kTexels * Math.max(1, links.length), 1, RGBAFormat, FloatType);
    this.made.push(this.bones);
    const solid = geometries.filter((part) => part.color[3] >= 1);
    const clear = geometries.filter((part) => part.color[3] < 1);
    if (solid.length) this.add(solid, 1);
    if (clear.length) this.add(clear, Math.min(...clear.map((part) => part.color[3])));
    this.group.visible = false; // until its first pose
  }

  setPose(pose: Float32Array): void {
    const { matrices } = this;
    for (let l = 0, i = 0, m = 0; l < this.links.length; l++, i += kLinkFloats) {
      const [x, y, z] = [pose[i], pose[i + 1], pose[i + 2]];
      const [qw, qx, qy, qz] = [pose[i + 3], pose[i + 4], pose[i + 5], pose[i + 6]];
      matrices[m++] = 1 - 2 * (qy * qy + qz * qz);
      matrices[m++] = 2 * (qx * qy - qw * qz);
      matrices[m++] = 2 * (qx * qz + qw * qy);
      matrices[m++] = x;
      matrices[m++] = 2 * (qx * qy + qw * qz);
      matrices[m++] = 1 - 2 * (qx * qx + qz * qz);
      matrices[m++] = 2 * (qy * qz - qw * qx);
      matrices[m++] = y;
      matrices[m++] = 2 * (qx * qz - qw * qy);
      matrices[m++] = 2 * (qy * qz + qw * qx);
      matrices[m++] = 1 - 2 * (qx * qx + qy * qy);
      matrices[m++] = z;
    }
    this.bones.needsUpdate = true;
    this.group.visible = true;
  }

  dispose(): void {
    for (const one of this.made) one.dispose();
  }

  private add(parts: LinkGeometry[], opacity: number): void {
    const geometry = this.merge(parts);
    const material = studioLight(new MeshStandardMaterial({ vertexColors: true, transparent: opacity < 1, opacity }));
    const depth = new MeshDepthMaterial();
    this.bend(material, 'studio rigid');
    this.bend(depth, 'rigid');
    const mesh = new Mesh(geometry, material);
    mesh.customDepthMaterial = depth;
    mesh.castShadow = mesh.receiveShadow = true;
    mesh.frustumCulled = false; // its geometry lies about the origin, its poses do not
    this.group.add(mesh);
    this.made.push(geometry, material, depth);
  }

  /** Puts the links' poses into a material's vertex shader. */
  private bend(material: Material, key: string): void {
    const before = material.onBeforeCompile.bind(material);
    material.onBeforeCompile = (shader: WebGLProgramParametersWithUniforms, renderer) => {
      before(shader, renderer);
      shader.uniforms.uBones = { value: this.bones };
      shader.vertexShader = `${kHead}\n${shader.vertexShader}`
        .replace('void main() {', 'void main() {\nmat4 linkPose = poseOfLink();\nvSurface = surface;')
        .replace('#include <beginnormal_vertex>', '#include <beginnormal_vertex>\nobjectNormal = mat3(linkPose) * objectNormal;')
        .replace('#include <begin_vertex>', '#include <begin_vertex>\ntransformed = (linkPose * vec4(transformed, 1.0)).xyz;');
      shader.fragmentShader = `varying vec2 vSurface;\n${shader.fragmentShader}`
        .replace('#include <roughnessmap_fragment>', 'float roughnessFactor = vSurface.x;')
        .replace('#include <metalnessmap_fragment>', 'float metalnessFactor = vSurface.y;');
    };
    material.customProgramCacheKey = () => key;
  }

  private merge(parts: LinkGeometry[]): BufferGeometry {
    const placed = parts.filter((part) => this.links.includes(part.link));
    const vertices = placed.reduce((sum, part) => sum + part.positions.length / 3, 0);
    const positions = new Float32Array(3 * vertices);
    const normals = new Int16Array(4 * vertices);
    const colors = new Float32Array(3 * vertices);
    const surfaces = new Uint8Array(4 * vertices);
    const bones = new Float32Array(vertices);
    const indices = new Uint32Array(placed.reduce((sum, part) => sum + part.indices.length, 0));
    let v = 0;
    let n = 0;
    for (const part of placed) {
      const count = part.positions.length / 3;
      const { color, roughness, metalness } = surfaceOf(part.color);
      const bone = this.links.indexOf(part.link);
      positions.set(part.positions, 3 * v);
      for (let i = 0; i < count; i++) {
        for (let k = 0; k < 3; k++) normals[4 * (v + i) + k] = Math.round(32767 * part.normals[3 * i + k]);
        colors.set([color.r, color.g, color.b], 3 * (v + i));
        surfaces[4 * (v + i)] = Math.round(255 * roughness);
        surfaces[4 * (v + i) + 1] = Math.round(255 * metalness);
        bones[v + i] = bone;
      }
      for (let i = 0; i < part.indices.length; i++) indices[n + i] = part.indices[i] + v;
      v += count;
      n += part.indices.length;
    }
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new BufferAttribute(positions, 3));
    geometry.setAttribute('normal', new BufferAttribute(normals, 4, true));
    geometry.setAttribute('color', new BufferAttribute(colors, 3));
    geometry.setAttribute('surface', new BufferAttribute(surfaces, 4, true));
    geometry.setAttribute('link', new BufferAttribute(bones, 1));
    geometry.setIndex(new BufferAttribute(indices, 1));
    return geometry;
  }
}

const kHead = `
attribute float link;
attribute vec2 surface;
uniform highp sampler2D uBones;
varying vec2 vSurface;
mat4 poseOfLink() {
  int at = ${kTexels} * int(link + 0.5);
  vec4 x = texelFetch(uBones, ivec2(at, 0), 0);
  vec4 y = texelFetch(uBones, ivec2(at + 1, 0), 0);
  vec4 z = texelFetch(uBones, ivec2(at + 2, 0), 0);
  return mat4(x.x, y.x, z.x, 0.0, x.y, y.y, z.y, 0.0, x.z, y.z, z.z, 0.0, x.w, y.w, z.w, 1.0);
}`;

/** Robot files give a colour only. Pale grey reads as metal, black as rubber and plastic, the rest as paint. */
function surfaceOf([r, g, b]: LinkGeometry['color']): { color: Color; roughness: number; metalness: number } {
  const most = Math.max(r, g, b);
  const saturation = most > 0 ? (most - Math.min(r, g, b)) / most : 0;
  const metal = saturation < 0.15 && most > 0.45 && most < 0.93;
  const dark = most < 0.3;
  return {
    color: new Color().setRGB(r, g, b, SRGBColorSpace),
    metalness: metal ? 0.55 : 0.05,
    roughness: metal ? 0.38 : dark ? 0.52 : 0.42,
  };
}
