/** The formats of an export: how typed rows become bytes. */
import type { GrowingFile } from './file.ts';
import type { Column } from './tables.ts';
import type { Value } from './values.ts';

export const exportFormats = ['csv', 'jsonl', 'parquet'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Rows on their way into one file. */
export interface RowWriter {
  write(rows: readonly (readonly Value[])[]): Promise<void>;
  /** Writes what belongs at the end; the file itself is not closed. */
  end(): Promise<void>;
}

export interface FormatOptions {
  /** CSV: values that a spreadsheet would execute get an apostrophe in front. */
  readonly safeCsv: boolean;
}

/** Begins a file; its header is there even where no row follows. */
export type OpenWriter = (
  file: GrowingFile,
  columns: readonly Column[],
  options: FormatOptions,
) => Promise<RowWriter>;

/** A format's libraries are loaded when it is asked for. */
export async function writerOf(format: ExportFormat): Promise<OpenWriter> {
  switch (format) {
    case 'csv':
      return (await import('./csv.ts')).openCsv;
    case 'jsonl':
      return (await import('./jsonl.ts')).openJsonl;
    case 'parquet':
      return (await import('./parquet.ts')).openParquet;
  }
}
