// Each language finds its own pages first, and a search on a Spanish page is told in Spanish.
const tongue = document.documentElement.lang;

// What Sphinx's search reads, with its own figures, but for `score`.
var Scorer = {
  score: ([page, , , , score]) => score + (page.startsWith("es/") === (tongue === "es") ? 1000 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

if (tongue === "es") {
  Documentation.addTranslations({
    locale: "es",
    plural_expr: "n == 1 ? 0 : 1",
    messages: {
      "Search Results": "Resultados",
      Searching: "Buscando",
      "Preparing search...": "Preparando la búsqueda...",
      ", in ": ", en ",
      "Hide Search Matches": "Ocultar lo encontrado",
      "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
        "Ninguna página tiene esas palabras. ¿Están bien escritas?",
      "Search finished, found one page matching the search query.": [
        "Hay una página con esas palabras.",
        "Hay ${resultCount} páginas con esas palabras.",
      ],
    },
  });
}
