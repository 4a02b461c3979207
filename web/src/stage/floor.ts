// The floor: matt, endless, with a fine metre grid that fades into the horizon and distances written on it.
// Method: the grid is drawn by the pixel's world position, each line as wide as a pixel there (no shimmer);
// a pool of flat labels moves along with the robot, so distances are marked however far it walks.

import {
  CanvasTexture, CircleGeometry, Color, Group, LinearFilter, Mesh, MeshBasicMaterial, MeshLambertMaterial, PlaneGeometry,
  Vector2, type Texture,
} from 'three';
import { kPalette } from './palette.ts';

const kRadius = 70;
const kReach = 6; // labels this many metres to each side
const kEvery = 5; // strong lines and label rows

export class Floor {
  readonly group = new Group();
  private readonly ground: Mesh;
  private readonly marks: Mark[] = [];
  private readonly uniforms = {
    uHorizon: { value: new Color(kPalette.horizon) },
    uLine: { value: new Color(kPalette.line) },
    uFocus: { value: new Vector2() },
    uHeight: { value: 1.4 },
    uSpot: { value: 1 },
  };
  private lastX = NaN;
  private lastY = NaN;

  constructor() {
    const material = new MeshLambertMaterial({ color: kPalette.floor, emissive: kPalette.floor, emissiveIntensity: 0.62 });
    material.onBeforeCompile = (shader) => {
      Object.assign(shader.uniforms, this.uniforms);
      shader.vertexShader = `varying vec2 vGround;\n${shader.vertexShader}`.replace(
        '#include <project_vertex>', '#include <project_vertex>\nvGround = (modelMatrix * vec4(transformed, 1.0)).xy;');
      shader.fragmentShader = `${kHead}\n${shader.fragmentShader}`.replace(
        '#include <tonemapping_fragment>', `${kPaint}\n#include <tonemapping_fragment>`);
    };
    this.ground = new Mesh(new CircleGeometry(kRadius, 96), material);
    this.ground.receiveShadow = true;
    this.group.add(this.ground);
    for (let i = 0; i < 2 * (2 * kReach + 1); i++) {
      const mark = new Mark();
      this.marks.push(mark);
      this.group.add(mark.mesh);
    }
  }

  setHeight(height: number): void {
    this.uniforms.uHeight.value = height;
  }

  /** Many robots: no pool of light under one of them, no distances. */
  setMany(many: boolean): void {
    this.uniforms.uSpot.value = many ? 0 : 1;
    for (const mark of this.marks) mark.off = many;
    this.lastX = NaN;
  }

  follow(x: number, y: number): void {
    this.ground.position.set(x, y, 0);
    this.uniforms.uFocus.value.set(x, y);
    const cx = Math.round(x);
    const cy = Math.round(y);
    if (cx === this.lastX && cy === this.lastY) return;
    this.lastX = cx;
    this.lastY = cy;
    const rowY = kEvery * Math.round(y / kEvery);
    const rowX = kEvery * Math.round(x / kEvery);
    let next = 0;
    for (let i = -kReach; i <= kReach; i++) {
      this.marks[next++].show(cx + i, cx + i, rowY, Math.abs(i));
      const label = cy + i;
      if (label === rowY) this.marks[next++].hide(); // the crossing is labelled once
      else this.marks[next++].show(label, rowX, label, Math.abs(i));
    }
  }
}

const kHead = `
uniform vec3 uHorizon;
uniform vec3 uLine;
uniform vec2 uFocus;
uniform float uHeight;
uniform float uSpot;
varying vec2 vGround;
float gridLine(vec2 at, float every, float widthPx) {
  vec2 cell = at / every;
  vec2 pixel = max(fwidth(cell), vec2(1e-5));
  vec2 away = abs(fract(cell - 0.5) - 0.5) / pixel;
  vec2 ink = 1.0 - smoothstep(widthPx - 0.6, widthPx + 0.6, away);
  ink *= clamp(0.35 / pixel, 0.0, 1.0); // lines closer than a few pixels melt into the floor
  return max(ink.x, ink.y);
}`;

const kPaint = `
{
  float away = distance(vGround, uFocus) / uHeight;
  float near = 1.0 - smoothstep(1.0, 11.0, away);
  float ink = max(0.26 * gridLine(vGround, 1.0, 0.55), 0.46 * gridLine(vGround, 5.0, 0.8));
  gl_FragColor.rgb = mix(gl_FragColor.rgb, uLine, ink * near);
  gl_FragColor.rgb *= 1.0 - uSpot * 0.16 * exp(-away * away * 9.0); // the soft dark under the robot
  gl_FragColor.rgb *= 1.0 + uSpot * 0.05 * exp(-away * away * 0.25); // and the pool of light around it
  gl_FragColor.rgb = mix(gl_FragColor.rgb, uHorizon, smoothstep(3.0, 20.0, away));
}`;

const kLabels = new Map<number, Texture>();

function labelTexture(metres: number): Texture {
  let found = kLabels.get(metres);
  if (found) return found;
  if (kLabels.size > 200) {
    for (const old of kLabels.values()) old.dispose();
    kLabels.clear();
  }
  const canvas = document.createElement('canvas');
  canvas.width = 128;
  canvas.height = 48;
  const pen = canvas.getContext('2d')!;
  pen.font = `${metres % kEvery === 0 ? 600 : 500} 30px "Inter Variable", system-ui, sans-serif`;
  pen.textBaseline = 'middle';
  pen.fillStyle = '#fff';
  pen.fillText(`${String(metres).replace('-', '−')} m`, 4, 26);
  found = new CanvasTexture(canvas);
  found.minFilter = LinearFilter;
  found.generateMipmaps = false;
  kLabels.set(metres, found);
  return found;
}

class Mark {
  private static readonly plane = new PlaneGeometry(0.36, 0.135);
  private readonly material = new MeshBasicMaterial({ color: kPalette.mark, transparent: true, depthWrite: false });
  readonly mesh = new Mesh(Mark.plane, this.material);

  off = false;

  constructor() {
    this.mesh.rotation.z = Math.PI / 2; // read from the robot's right, where the camera starts
    this.mesh.renderOrder = 1;
  }

  show(metres: number, x: number, y: number, away: number): void {
    this.mesh.visible = !this.off;
    if (this.off) return;
    this.mesh.position.set(x + 0.1, y + 0.22, 0.002);
    const texture = labelTexture(metres);
    if (this.material.map !== texture) {
      this.material.map = texture;
      this.material.needsUpdate = true;
    }
    this.material.opacity = 0.8 * Math.max(0, 1 - away / (kReach + 1)) * (metres % kEvery === 0 ? 1 : 0.75);
  }

  hide(): void {
    this.mesh.visible = false;
  }
}
