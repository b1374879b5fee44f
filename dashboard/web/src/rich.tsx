// SPDX-License-Identifier: EUPL-1.2
/** Pieces of a text, every second one strong. */
export function Rich({ pieces }: { pieces: readonly string[] }) {
  return <>{pieces.map((piece, at) => (at % 2 === 1 ? <strong key={at}>{piece}</strong> : piece))}</>;
}
