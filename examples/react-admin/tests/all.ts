import "./http.test";
import "./pages.test";
import "./records.test";
