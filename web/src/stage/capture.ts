// Pictures and short videos of the stage, saved by the browser.

import type { State } from '../state.ts';

export const kLongestVideoMs = 60000;
const kTypes = ['video/webm;codecs=vp9', 'video/webm;codecs=vp8', 'video/webm', 'video/mp4'];

function fileName(body: string, ending: string): string {
  const stamp = new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-');
  return `manybody_${body}_${stamp}.${ending}`;
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export class Capture {
  private recorder: MediaRecorder | null = null;
  private timer = 0;

  constructor(private readonly canvas: HTMLCanvasElement, private readonly state: State, private readonly draw: () => void) {}

  picture(): void {
    this.draw(); // the picture must be read in the task that drew it
    const body = this.state.scene.value?.body ?? 'robot';
    this.canvas.toBlob((blob) => blob && save(blob, fileName(body, 'png')), 'image/png');
  }

  /** Starts or stops; false when this browser cannot record. */
  toggleVideo(): boolean {
    if (this.recorder) {
      this.recorder.stop();
      return true;
    }
    const type = typeof MediaRecorder === 'undefined' ? undefined : kTypes.find((one) => MediaRecorder.isTypeSupported(one));
    if (!type || !this.canvas.captureStream) return false;
    this.start(type);
    return true;
  }

  private start(type: string): void {
    const stream = this.canvas.captureStream(60);
    const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 12e6 });
    const chunks: Blob[] = [];
    recorder.ondataavailable = (event) => event.data.size && chunks.push(event.data);
    recorder.onstop = () => {
      window.clearTimeout(this.timer);
      for (const track of stream.getTracks()) track.stop();
      this.recorder = null;
      this.state.recordingSinceMs.set(0);
      const blob = new Blob(chunks, { type });
      this.state.recordedBytes.set(blob.size);
      if (blob.size) save(blob, fileName(this.state.scene.value?.body ?? 'robot', type.includes('mp4') ? 'mp4' : 'webm'));
    };
    recorder.start(500);
    this.recorder = recorder;
    this.state.recordingSinceMs.set(performance.now());
    this.timer = window.setTimeout(() => recorder.state === 'recording' && recorder.stop(), kLongestVideoMs);
  }
}
