/** Parquet: a row group a batch, written as it comes, so that only one stands in memory. */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { GrowingFile } from './file.ts';
import type { OpenWriter } from './format.ts';
import type { Column, ColumnType } from './tables.ts';
import type { Value } from './values.ts';

const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;

/** Every column may hold null: the mirror's may. The library writes only the older, converted name of a type of text. */
const elements: Readonly<Record<ColumnType, Omit<SchemaElement, 'name'>>> = {
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  text,
  list: text,
  moment: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
};

function schemaOf(columns: readonly Column[]): SchemaElement[] {
  return [
    { name: 'root', num_children: columns.length },
    ...columns.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...elements[type] })),
  ];
}

const physical = (value: Value, type: ColumnType) =>
  type === 'moment' && typeof value === 'string' ? BigInt(Date.parse(value)) : value;

export const openParquet: OpenWriter = async (file, columns) => {
  const bytes = new ByteWriter();
  const parquet = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), createdBy: 'optimirror' });
  return {
    async write(rows) {
      const columnData = columns.map(({ name, type }, index) => ({
        name,
        data: rows.map((row) => physical(row[index] ?? null, type)),
        // Of booleans the library would write an encoding that readers have learnt only lately.
        ...(type === 'boolean' && { encoding: 'PLAIN' as const }),
      }));
      await parquet.write({ columnData, rowGroupSize: rows.length });
      await flush(bytes, file);
    },
    async end() {
      await parquet.finish();
      await flush(bytes, file);
    },
  };
};

/** Moves what has been gathered into the file; `offset` goes on counting from the file's start. */
async function flush(bytes: ByteWriter, file: GrowingFile): Promise<void> {
  await file.append(bytes.getBytes());
  bytes.index = 0;
}
