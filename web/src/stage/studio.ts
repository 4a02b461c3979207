// The light of the stage: a bright photo studio. Gradient sky down to the horizon, a soft environment for
// reflections, one key light with soft shadows that follows the robot, a cool fill and a rim light.

import {
  BackSide, BoxGeometry, Color, DirectionalLight, HemisphereLight, Mesh, MeshBasicMaterial, PMREMGenerator, Scene,
  ShaderMaterial, SphereGeometry, Vector3, type Texture, type WebGLRenderer,
} from 'three';
import { kPalette } from './palette.ts';

export class Studio {
  readonly key = new DirectionalLight(0xfff4e8, 2.5);
  private readonly sky: Mesh;
  private readonly keyFrom = new Vector3(0.55, 0.62, 1.25).normalize();

  constructor(scene: Scene, renderer: WebGLRenderer) {
    scene.environment = makeEnvironment(renderer);
    scene.environmentIntensity = 0.72;
    this.sky = makeSky();
    scene.add(this.sky);
    scene.add(new HemisphereLight(0xf7faff, 0xd5dae0, 1.15));
    const rim = new DirectionalLight(0xdfeaff, 1.3);
    rim.position.set(-3, -2.2, 2.6);
    scene.add(rim, rim.target, this.key, this.key.target);
    this.key.castShadow = true;
    this.key.shadow.bias = -0.0004;
    this.key.shadow.normalBias = 0.012;
    this.key.shadow.radius = 5;
    this.frame(1.4);
  }

  /** Fits the shadow to a robot of this height: the smaller the box, the finer the shadow. */
  frame(height: number): void {
    const half = 1.25 * height;
    const camera = this.key.shadow.camera;
    camera.left = camera.bottom = -half;
    camera.right = camera.top = half;
    camera.near = 0.1;
    camera.far = 8 * height;
    camera.updateProjectionMatrix();
    this.distance = 4 * height;
  }
  private distance = 6;

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
        gl_FragColor = vec4(mix(horizon, zenith, pow(smoothstep(0.0, 0.75, up), 0.8)), 1.0);
        #include <tonemapping_fragment>
        #include <colorspace_fragment>
      }`,
  });
  const sky = new Mesh(new SphereGeometry(200, 24, 16), material);
  sky.renderOrder = -1;
  sky.frustumCulled = false;
  return sky;
}

/** What shiny parts mirror: a pale room with one large soft box above, one at each side, a dark floor. */
function makeEnvironment(renderer: WebGLRenderer): Texture {
  const room = new Scene();
  const box = new BoxGeometry(1, 1, 1);
  const panel = (x: number, y: number, z: number, sx: number, sy: number, sz: number, light: number, color: number): void => {
    const mesh = new Mesh(box, new MeshBasicMaterial({ color: new Color(color).multiplyScalar(light), side: BackSide }));
    mesh.position.set(x, y, z);
    mesh.scale.set(sx, sy, sz);
    room.add(mesh);
  };
  panel(0, 0, 4, 20, 20, 10, 0.62, 0xe9eef5); // walls
  panel(0, 0, -1.2, 19, 19, 0.4, 0.34, 0xd9dde2); // floor
  panel(0, 0, 8.6, 9, 9, 0.3, 5.5, 0xffffff); // overhead
  panel(8.5, 4, 4, 0.3, 7, 5, 4.5, 0xfff3e4); // warm key side
  panel(-8.5, -5, 4, 0.3, 5, 6, 3.2, 0xe4efff); // cool rim side
  panel(0, -9, 3.5, 8, 0.3, 1.2, 3, 0xffffff); // a low strip for long highlights
  const maker = new PMREMGenerator(renderer);
  const texture = maker.fromScene(room, 0.035, 0.1, 60).texture;
  maker.dispose();
  room.traverse((object) => object instanceof Mesh && (object.material as MeshBasicMaterial).dispose());
  box.dispose();
  return texture;
}
