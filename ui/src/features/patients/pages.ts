import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { keys } from "../../app/query";
import { backend } from "../../backend";
import type { PatientFilter, PatientListView, PatientRowView } from "../../backend";

export const pageSize = 200;

const page = (text: string, filter: PatientFilter, offset: number) => ({
  queryKey: [...keys.patients, { text, filter, offset }],
  queryFn: () => backend.patients({ text, filter, offset, limit: pageSize }),
});

/** The first page of a list with its totals; the last list stays on screen while a new one loads. */
export const useFirstPage = (text: string, filter: PatientFilter) =>
  useQuery<PatientListView>({ ...page(text, filter, 0), placeholderData: keepPreviousData });

/** Which further pages the rows from `first` to `last` lie on. */
export function pagesFor(first: number, last: number): number[] {
  const from = Math.max(1, Math.floor(first / pageSize));
  const to = Math.floor(last / pageSize);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => (from + i) * pageSize);
}

/** The rows on screen, from whichever pages they lie on: a jump to the end loads only the end. */
export function useRows(
  text: string,
  filter: PatientFilter,
  firstPage: PatientListView | undefined,
  first: number,
  last: number,
): (index: number) => PatientRowView | undefined {
  const offsets = useMemo(() => pagesFor(first, last), [first, last]);
  const further = useQueries({ queries: offsets.map((offset) => page(text, filter, offset)) });
  return (index) => {
    if (index < pageSize) return firstPage?.rows[index];
    const at = offsets.indexOf(Math.floor(index / pageSize) * pageSize);
    return further[at]?.data?.rows[index % pageSize];
  };
}
