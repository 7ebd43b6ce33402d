import type { AuthProvider } from "react-admin";

const NAME = "token";

// sessionStorage: a reload keeps the token, and closing the tab ends it.
export const token = (): string | null => sessionStorage.getItem(NAME);

/** Whether the API has asked for a token: an open one never does, and then nobody logs in. */
let asked = false;

export const authProvider: AuthProvider = {
  async login(form: { token: string }) {
    sessionStorage.setItem(NAME, form.token.trim());
  },

  async logout() {
    const had = token() !== null;
    sessionStorage.removeItem(NAME);
    return had || asked ? undefined : false; // false: stay here
  },

  async checkAuth() {
    if (asked && !token()) return Promise.reject({ message: false }); // the login page says it
  },

  // A 401 is about who is asking. A 403 is about what they ask: it is told like any other error.
  async checkError(error: { status?: number }) {
    if (error.status !== 401) return;
    asked = true;
    throw error;
  },
};
