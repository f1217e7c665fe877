"""What these pages need beyond Sphinx and its theme: two languages, a search without accents, figures that react."""
