"""A small bookshop and a small wine cellar, generated from a seed, so that the examples need no download."""
import numpy as np
import scipy.sparse as sparse

THEMES = {
    "crime": "murder detective harbour alibi witness inspector poison night",
    "space": "orbit planet engine colony signal captain comet silence",
    "history": "empire siege letter merchant archive revolt queen river",
    "cooking": "bread market recipe salt harvest kitchen café olive",
    "travel": "mountain train border map island pilgrim desert señora",
    "nature": "forest owl winter seed marsh tide orchard fox",
}
PHRASES = ["the {0} and the {1}", "{0} of the last {1}", "{0} without {1}", "between {0} and {1}"]

WINES = {
    "Bordeaux": "blackcurrant cedar graphite tobacco firm tannins plum château",
    "Burgundy": "cherry earth mushroom silky raspberry violet forest côte",
    "Mosel": "slate lime peach petrol racy acidity apricot steep",
    "Rioja": "vanilla leather strawberry oak dill sweet spice crianza",
    "Tuscany": "sour cherry oregano clay leather dried rosemary chianti",
}
COMMON = "a wine with notes of and finish long dry fresh elegant on the palate colour deep".split()


def books(count=400, seed=7):
    """[{id, title, description, theme}], `count` of them."""
    rng = np.random.default_rng(seed)
    themes = list(THEMES)
    found = []
    for number in range(count):
        theme = themes[number % len(themes)]
        words = rng.permutation(THEMES[theme].split())
        title = str(rng.choice(PHRASES)).format(words[0], words[1]).capitalize()
        description = " ".join([*rng.choice(words, 6), *rng.choice(THEMES[str(rng.choice(themes))].split(), 2)])
        found.append({"id": f"b{number}", "title": title, "description": description, "theme": theme})
    return found


def readings(catalogue, readers=500, per_reader=20, seed=11):
    """CSR matrix float32 [readers × books]: 1 where a reader has read a book, mostly of the two themes they like."""
    rng = np.random.default_rng(seed)
    theme_of = np.array([list(THEMES).index(book["theme"]) for book in catalogue])
    rows = []
    for _ in range(readers):
        liked = rng.choice(len(THEMES), 2, replace=False)
        appeal = np.where(np.isin(theme_of, liked), 8.0, 1.0) / (1 + np.arange(len(catalogue)) / 100)
        rows.append(rng.choice(len(catalogue), per_reader, replace=False, p=appeal / appeal.sum()))
    users = np.repeat(np.arange(readers), per_reader)
    ones = np.ones(len(users), dtype=np.float32)
    return sparse.csr_matrix((ones, (users, np.concatenate(rows))), shape=(readers, len(catalogue)))


def tastings(count=600, seed=13):
    """Descriptions of wines and where each comes from: ([text], [origin])."""
    rng = np.random.default_rng(seed)
    origins = [str(origin) for origin in rng.choice(list(WINES), count)]
    texts = []
    for origin in origins:
        other = WINES[str(rng.choice(list(WINES)))].split()
        words = [*rng.choice(WINES[origin].split(), 3), *rng.choice(other, 2), *rng.choice(COMMON, 5)]
        texts.append(" ".join(rng.permutation(words)).capitalize() + ".")
    return texts, origins


def popular(matrix, catalogue, count=100):
    """Ids of the most read books, best first."""
    reads = np.asarray(matrix.sum(axis=0)).ravel()
    return [catalogue[row]["id"] for row in np.argsort(-reads, kind="stable")[:count]]
