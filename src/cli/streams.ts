/** The standard streams as commands see them: text, safe for a terminal, and quiet when the reader has gone. */
import type { Readable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import picocolors from 'picocolors';
import { InterruptedError } from '../errors.ts';
import { printableLines } from './format/printable.ts';

export type Colors = ReturnType<typeof picocolors.createColors>;

export interface Output {
  /** Resolves when the reader can take more, so that a long output never piles up in memory. */
  write(text: string): Promise<void>;
  /** A line for people. Control characters in it, which may come from anywhere, become visible; colours are `colors`'. */
  line(text?: string): Promise<void>;
  readonly isTerminal: boolean;
  /** Cells in a line; generous where it is no terminal. */
  readonly width: number;
  readonly colors: Colors;
  /** Whether the reader has gone: writing more is pointless, and does nothing. */
  readonly closed: boolean;
  /** Resolves when everything written has left the process, or nobody reads it any more. */
  flush(): Promise<void>;
  /** The stream itself, for a progress bar. */
  readonly stream: NodeJS.WritableStream;
}

export interface Input {
  readonly isTerminal: boolean;
  text(): Promise<string>;
  /**
   * Asks a person on the terminal. The question goes to stderr; an input that ends is the empty answer. Throws
   * `InterruptedError` at Ctrl-C or Ctrl-D, and where the signal aborts.
   */
  ask(question: string, signal?: AbortSignal): Promise<string>;
}

export interface OutputOptions {
  readonly color: boolean;
}

type StandardStream = NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

const widthElsewhere = 120;

/** An output on a standard stream. A reader that goes early, as `head` does, is no error. */
export function createOutput(stream: StandardStream, { color }: OutputOptions): Output {
  let closed = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed = true;
  });
  const isTerminal = stream.isTTY === true;
  const write = (text: string): Promise<void> =>
    new Promise((resolve) => {
      if (closed || stream.write(text)) return resolve();
      const go = () => {
        stream.off('drain', go).off('close', go).off('error', go);
        resolve();
      };
      stream.on('drain', go).on('close', go).on('error', go);
    });
  return {
    write,
    line: (text = '') => write(`${printableLines(text)}\n`),
    flush: () => new Promise((resolve) => (closed ? resolve() : stream.write('', () => resolve()))),
    isTerminal,
    width: isTerminal ? (stream.columns ?? 80) : widthElsewhere,
    colors: picocolors.createColors(color && isTerminal),
    get closed() {
      return closed;
    },
    stream,
  };
}

/** `questions` is where questions go. */
export function createInput(
  stream: Readable & { isTTY?: boolean },
  questions: NodeJS.WritableStream = process.stderr,
): Input {
  return {
    isTerminal: stream.isTTY === true,
    async text() {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
      return Buffer.concat(chunks).toString('utf8');
    },
    async ask(question, signal) {
      const { createInterface } = await import('node:readline/promises');
      const lines = createInterface({ input: stream, output: questions });
      try {
        return await new Promise<string>((resolve, reject) => {
          // Ctrl-C closes as well, and is told first; an input that ends is no answer.
          lines.once('close', () => setImmediate(() => resolve('')));
          lines.question(question, signal ? { signal } : {}).then(resolve, reject);
        });
      } catch (error) {
        // Node's own word for both: readline reads the key itself, so no signal need have come.
        if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
        // The cursor still stands behind the question.
        questions.write('\n');
        throw new InterruptedError();
      } finally {
        lines.close();
      }
    },
  };
}
