import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, describe, expect, it } from "vitest";
import { BackendError, backend } from ".";

afterEach(clearMocks);

describe("backend", () => {
  it("answers plainly", async () => {
    mockIPC(() => null);
    await expect(backend.session()).resolves.toBeNull();
  });

  it("throws what Rust says, with its code and whether trying again may help", async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the IPC rejects with plain data
    mockIPC(() => Promise.reject({ code: "disk_full", message: "The disk is full.", retryable: true }));
    const failed = await backend.lock().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(BackendError);
    expect(failed).toMatchObject({ code: "disk_full", message: "The disk is full.", retryable: true });
  });

  it("hands arguments over by name", async () => {
    let heard: unknown;
    mockIPC((command, args) => {
      heard = { command, args };
      return null;
    });
    await backend.unlock("orn", "correct horse");
    expect(heard).toEqual({ command: "unlock", args: { user: "orn", passphrase: "correct horse" } });
  });
});
