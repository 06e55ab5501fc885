// The one door to Rust: calls that answer plainly or throw a `BackendError`, and the one event.
import { commands, events } from "./bindings";
import type { AppError, AppEvent, Code } from "./bindings";

export type * from "./bindings";

/** What the backend refused or could not do; `message` is meant for people. */
export class BackendError extends Error {
  readonly code: Code;
  readonly retryable: boolean;

  constructor(error: AppError) {
    super(error.message);
    this.name = "BackendError";
    this.code = error.code;
    this.retryable = error.retryable;
  }
}

type Answered<T> = { status: "ok"; data: T } | { status: "error"; error: AppError };
type Plain<R> = R extends { status: "ok"; data: infer T } ? T : R extends { status: "error" } ? never : R;
type Throwing<C> = {
  [K in keyof C]: C[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => Promise<Plain<R>> : never;
};

function isAnswered(value: unknown): value is Answered<unknown> {
  return typeof value === "object" && value !== null && "status" in value && ("data" in value || "error" in value);
}

async function settle(call: Promise<unknown>): Promise<unknown> {
  const answer = await call;
  if (!isAnswered(answer)) return answer;
  if (answer.status === "ok") return answer.data;
  throw new BackendError(answer.error);
}

type AnyCommand = (...args: unknown[]) => Promise<unknown>;

/** Every command of the backend; each throws a `BackendError` where Rust answers with an error. */
export const backend = Object.fromEntries(
  Object.entries(commands).map(([name, command]) => [
    name,
    (...args: unknown[]) => settle((command as AnyCommand)(...args)),
  ]),
) as Throwing<typeof commands>;

/** Calls `heard` for every event until the returned function is called. */
export function onAppEvent(heard: (event: AppEvent) => void): () => void {
  let stopped = false;
  let stop: (() => void) | undefined;
  void events.appEvent
    .listen((event) => {
      heard(event.payload);
    })
    .then((unlisten) => {
      if (stopped) unlisten();
      else stop = unlisten;
    });
  return () => {
    stopped = true;
    stop?.();
  };
}
