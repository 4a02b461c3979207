// The light of the stage: a bright photo studio, given by formulas so that it costs nothing at the start.
// Gradient sky down to the horizon; one key light whose soft shadow follows the robot; and, on physically based
// materials, what a room with three soft boxes would mirror (studioLight).

import { BackSide, Color, DirectionalLight, Mesh, Scene, ShaderMaterial, SphereGeometry, Vector3, type Material } from 'three';
import { kPalette } from './palette.ts';

export class Studio {
  readonly key = new DirectionalLight(0xfff3e6, 2.6);
  private readonly sky = makeSky();
  private readonly keyFrom = new Vector3(0.5, 0.62, 1.3).normalize();
  private distance = 6;

  constructor(scene: Scene) {
    scene.add(this.sky, this.key, this.key.target);
    this.key.castShadow = true;
    this.key.shadow.bias = -0.0005;
    this.key.shadow.radius = 4.5;
    this.frame(1.4);
  }

  /** Fits the shadow to a robot of this height: the smaller the box, the finer the shadow. */
  frame(height: number, half = 1.1 * height): void {
    const { shadow } = this.key;
    shadow.camera.left = shadow.camera.bottom = -half;
    shadow.camera.right = shadow.camera.top = half;
    shadow.camera.near = 0.1;
    shadow.camera.far = 4 * height + 4 * Math.max(height, half);
    shadow.camera.updateProjectionMatrix();
    shadow.normalBias = 0.007 * Math.max(height, half);
    this.distance = 2 * height + 2 * Math.max(height, half);
  }

  follow(focus: Vector3, camera: Vector3): void {
    this.key.target.position.copy(focus);
    this.key.position.copy(this.keyFrom).multiplyScalar(this.distance).add(focus);
    this.key.target.updateMatrixWorld();
    this.sky.position.copy(camera);
  }

  shadowSize(pixels: number): void {
    this.key.castShadow = pixels > 0;
    if (pixels > 0 && this.key.shadow.mapSize.x !== pixels) {
      this.key.shadow.mapSize.set(pixels, pixels);
      this.key.shadow.map?.dispose();
      this.key.shadow.map = null;
    }
  }
}

function makeSky(): Mesh {
  const material = new ShaderMaterial({
    side: BackSide,
    depthWrite: false,
    uniforms: { zenith: { value: new Color(kPalette.zenith) }, horizon: { value: new Color(kPalette.horizon) } },
    vertexShader: `
      varying vec3 direction;
      void main() {
        direction = position;
        gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
      }`,
    fragmentShader: `
      uniform vec3 zenith;
      uniform vec3 horizon;
      varying vec3 direction;
      void main() {
        float up = clamp(normalize(direction).z, 0.0, 1.0);
        gl_FragColor = vec4(mix(horizon, zenith, smoothstep(0.0, 0.55, up)), 1.0);
        #include <tonemapping_fragment>
        #include <colorspace_fragment>
      }`,
  });
  const sky = new Mesh(new SphereGeometry(200, 24, 16), material);
  sky.renderOrder = -1;
  sky.frustumCulled = false;
  return sky;
}

// A pale room: floor below, walls, a large soft box overhead, a warm one on the key side, a cool one behind.
// `blur` 0…1 widens every edge, as roughness does; the diffuse light is the same room seen fully blurred.
const kRoom = `
vec3 studioRoom(vec3 d, float blur) {
  float s = 0.05 + 0.75 * blur;
  vec3 light = mix(vec3(0.50, 0.52, 0.55), vec3(0.72, 0.76, 0.82), smoothstep(-s, s, d.z));
  light += 2.6 / (1.0 + 2.0 * blur) * smoothstep(0.80 - s, 0.80 + s, d.z) * vec3(1.0);
  light += 2.2 / (1.0 + 2.4 * blur) * smoothstep(0.82 - s, 0.82 + s, dot(d, vec3(0.62, 0.62, 0.48))) * vec3(1.0, 0.95, 0.88);
  light += 1.9 / (1.0 + 2.4 * blur) * smoothstep(0.84 - s, 0.84 + s, dot(d, vec3(-0.72, -0.58, 0.38))) * vec3(0.88, 0.94, 1.0);
  return light;
}`;

/** Lets a physically based material see the studio. Stands in for an environment map, which takes long to prepare. */
export function studioLight<M extends Material>(material: M): M {
  material.onBeforeCompile = (shader) => {
    shader.fragmentShader = shader.fragmentShader
      .replace('void main() {', `${kRoom}\nvoid main() {`)
      .replace('#include <lights_fragment_maps>', `#include <lights_fragment_maps>
        {
          vec3 away = inverseTransformDirection(reflect(-geometryViewDir, geometryNormal), viewMatrix);
          vec3 outward = inverseTransformDirection(geometryNormal, viewMatrix);
          radiance += 0.8 * studioRoom(away, material.roughness * material.roughness);
          iblIrradiance += 0.8 * PI * studioRoom(outward, 0.9);
        }`);
  };
  material.customProgramCacheKey = () => 'studio';
  return material;
}
