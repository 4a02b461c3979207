// Unpacks meshes beside the page, so that it stays smooth meanwhile.

import { readPack, type LinkGeometry } from './mesh_pack.ts';

export type WorkerAnswer = { id: number; geometries: LinkGeometry[] } | { id: number; error: string };

interface WorkerScope {
  onmessage: ((event: MessageEvent<{ id: number; buffer: ArrayBuffer }>) => void) | null;
  postMessage(answer: WorkerAnswer, transfer: Transferable[]): void;
}
const scope = self as unknown as WorkerScope;

scope.onmessage = ({ data: { id, buffer } }) => {
  try {
    const geometries = readPack(buffer);
    const arrays = geometries.flatMap((one) => [one.positions.buffer, one.normals.buffer, one.indices.buffer]);
    scope.postMessage({ id, geometries }, arrays);
  } catch (error) {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) }, []);
  }
};
