import type { ResultView } from "../../backend";
import { Flag } from "../../components/Flag";
import table from "../../components/table.module.css";
import { messages } from "./messages";

/** Results with flag and range; "No range" is never shown as normal. */
export function ResultsTable({ results }: { results: ResultView[] }) {
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col">{messages.test}</th>
          <th scope="col">{messages.value}</th>
          <th scope="col">{messages.flag}</th>
          <th scope="col">{messages.range}</th>
          <th scope="col" className={table.end}>
            {messages.taken}
          </th>
        </tr>
      </thead>
      <tbody>
        {results.map((result) => (
          <tr key={result.key}>
            <th scope="row"><bdi>{result.name}</bdi></th>
            <td>
              <bdi>
                <strong>{result.value}</strong> <span className={table.unit}>{result.unit}</span>
              </bdi>
            </td>
            <td>
              <Flag flag={result.flag} />
            </td>
            <td className={table.second}>
              <bdi>{result.range}</bdi>
            </td>
            <td className={`${table.end ?? ""} ${table.nowrap ?? ""} ${table.second ?? ""}`}><bdi>{result.taken}</bdi></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
