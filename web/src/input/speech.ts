// The browser's own ears and mouth, where it has them: speech recognition (push to talk, hands-free) and synthesis.
// Writes: what was heard so far and at last, to `heard`. Stop words in what is being heard cut the robot's own speech off at once
// (barge-in); the text itself goes to the server like any other. Nothing is recorded or sent elsewhere by the page; where the
// browser's recogniser runs is the browser's affair.

import { Signal } from '../signal.ts';
import { language } from '../i18n/index.ts';

interface RecognitionEvent {
  resultIndex: number;
  results: ArrayLike<{ isFinal: boolean; 0: { transcript: string; confidence: number } }>;
}
interface Recognition {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  onresult: ((event: RecognitionEvent) => void) | null;
  onend: (() => void) | null;
  onerror: ((event: { error: string }) => void) | null;
  start(): void;
  stop(): void;
}
type Maker = new () => Recognition;

const kStop = /(^|[^a-z])(stop|freeze|halt|abort|hold it)([^a-z]|$)|停|别动|住手|站住/i;

export function saysStop(text: string): boolean {
  return kStop.test(text);
}

export class Speech {
  readonly listening = new Signal(false);
  readonly handsFree = new Signal(false);
  readonly interim = new Signal('');
  readonly speaking = new Signal(true); // replies are spoken
  readonly canHear: boolean;
  readonly canSpeak: boolean;
  private recognition: Recognition | null = null;

  constructor(private readonly heard: (text: string) => void, private readonly failed: (why: string) => void) {
    const world = window as unknown as { SpeechRecognition?: Maker; webkitSpeechRecognition?: Maker };
    const make = world.SpeechRecognition ?? world.webkitSpeechRecognition;
    this.canHear = !!make;
    this.canSpeak = 'speechSynthesis' in window && typeof SpeechSynthesisUtterance === 'function';
    if (make) this.recognition = this.prepare(new make());
  }

  private prepare(recognition: Recognition): Recognition {
    recognition.continuous = true;
    recognition.interimResults = true;
    recognition.onresult = (event) => {
      let interim = '';
      for (let i = event.resultIndex; i < event.results.length; i++) {
        const result = event.results[i];
        if (result.isFinal) this.heard(result[0].transcript.trim());
        else interim += result[0].transcript;
      }
      this.interim.set(interim);
      if (saysStop(interim)) this.hush();
    };
    recognition.onend = () => {
      this.interim.set('');
      if (this.handsFree.value) this.begin();
      else this.listening.set(false);
    };
    recognition.onerror = (event) => {
      if (event.error === 'no-speech' || event.error === 'aborted') return;
      this.handsFree.set(false);
      this.failed(event.error);
    };
    return recognition;
  }

  private begin(): void {
    if (!this.recognition) return;
    this.recognition.lang = language.value === 'zh' ? 'zh-CN' : 'en-US';
    try {
      this.recognition.start();
      this.listening.set(true);
    } catch {
      // it listens already
    }
  }

  hold(on: boolean): void {
    if (on) {
      this.hush();
      this.begin();
    } else if (!this.handsFree.value) {
      this.recognition?.stop();
    }
  }

  setHandsFree(on: boolean): void {
    this.handsFree.set(on);
    if (on) this.begin();
    else this.recognition?.stop();
  }

  say(text: string, lang: string): void {
    if (!this.canSpeak || !this.speaking.value || !text) return;
    const words = new SpeechSynthesisUtterance(text);
    words.lang = lang === 'zh' ? 'zh-CN' : 'en-US';
    window.speechSynthesis.speak(words);
  }

  hush(): void {
    if (this.canSpeak) window.speechSynthesis.cancel();
  }
}
