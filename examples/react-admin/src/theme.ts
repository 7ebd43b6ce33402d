import { defaultLightTheme, type RaThemeOptions } from "react-admin";

/** The default one, with colours that have the contrast of 4.5 that WCAG asks of text. */
export const lightTheme: RaThemeOptions = {
  ...defaultLightTheme,
  components: defaultLightTheme.components ?? {},
  palette: {
    ...defaultLightTheme.palette,
    primary: { main: "#1565c0" },
    secondary: { main: "#1565c0" },
    error: { main: "#b71c1c" },
  },
};
