// Pictures of the page as files of their own: name, title, sentence, source and date around what is drawn.

const SVG = "http://www.w3.org/2000/svg";
const EDGE = 24; // px around everything
const LINE = 1.4; // height of a line as a share of the font's size
const LEAST_LABEL = 100; // px; a lower image is a strip of letters within the text, no picture of its own
const LEAST_WIDTH = 640; // px; a narrower picture would break its sentences into too many lines
const MARK = `<svg xmlns="${SVG}" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="#0b6e6e"/>
    <path d="M36 8 16 36h13l-3 20 22-30H34z" fill="#ffffff"/></svg>`;

const styleOf = (element, name) => getComputedStyle(element).getPropertyValue(name);
const app = () => document.querySelector('[data-testid="stApp"]') || document.body;
const isShown = (element) => element.getBoundingClientRect().width > 0;

function figures() {
    const charts = [...document.querySelectorAll('[data-testid="stPlotlyChart"]')];
    const images = [...document.querySelectorAll('[data-testid="stImage"] img')];
    const labels = images.filter((each) => each.getBoundingClientRect().height >= LEAST_LABEL);
    return [...charts, ...labels].filter(isShown);
}

// The picture most of which is in the window; of several as much, the first.
function figureInView() {
    const inView = (each) => {
        const box = each.getBoundingClientRect();
        const height = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
        return Math.max(height, 0) * box.width;
    };
    return figures().reduce((best, each) => (!best || inView(each) > inView(best) ? each : best), null);
}

const sentenceOf = (figure) =>
    (figure.getAttribute("aria-label") || figure.getAttribute("alt") || "").replace(/[*_\\]/g, "");

// Plotly lays three drawings over each other, and canvases where there are thousands of marks.
function drawn(figure) {
    if (figure.tagName === "IMG") return drawnImage(figure);
    const box = figure.querySelector(".svg-container").getBoundingClientRect();
    const group = document.createElementNS(SVG, "svg");
    const layers = [...figure.querySelectorAll("svg.main-svg, canvas.gl-canvas")];
    for (const layer of layers) {
        group.append(layer.tagName === "CANVAS" ? canvasImage(layer, box) : copied(layer));
    }
    group.setAttribute("width", box.width);
    group.setAttribute("height", box.height);
    return { node: group, width: box.width, height: box.height };
}

function copied(layer) {
    const copy = layer.cloneNode(true);
    copy.querySelectorAll(".hoverlayer, .select-outline").forEach((each) => each.remove());
    return copy;
}

function canvasImage(canvas, box) {
    const image = document.createElementNS(SVG, "image");
    image.setAttribute("href", canvas.toDataURL());
    image.setAttribute("width", box.width);
    image.setAttribute("height", box.height);
    return image;
}

function drawnImage(figure) {
    const canvas = document.createElement("canvas");
    const ratio = figure.naturalHeight / figure.naturalWidth || 0.5;
    const width = figure.clientWidth;
    canvas.width = 2 * width;
    canvas.height = 2 * width * ratio;
    canvas.getContext("2d").drawImage(figure, 0, 0, canvas.width, canvas.height);
    const box = { width, height: width * ratio };
    return { node: canvasImage(canvas, box), ...box };
}

function broken(text, size, weight, width) {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${weight} ${size}px ${styleOf(app(), "font-family")}`;
    const lines = [""];
    for (const word of text.split(/\s+/)) {
        const longer = `${lines.at(-1)} ${word}`.trim();
        if (lines.at(-1) && pen.measureText(longer).width > width) lines.push(word);
        else lines[lines.length - 1] = longer;
    }
    return lines;
}

// A sheet is filled from the top; `y` is how far.
class Sheet {
    constructor(width) {
        this.width = width;
        this.y = EDGE;
        this.root = document.createElementNS(SVG, "svg");
        this.root.setAttribute("xmlns", SVG);
        this.ground = document.createElementNS(SVG, "rect");
        this.root.append(this.ground);
    }

    text(words, size, weight = 400, opacity = 1) {
        for (const line of broken(words, size, weight, this.width - 2 * EDGE)) {
            this.y += size * LINE;
            const node = document.createElementNS(SVG, "text");
            const look = { x: EDGE, y: this.y, "font-size": size, "font-weight": weight, opacity };
            Object.entries(look).forEach(([name, value]) => node.setAttribute(name, value));
            node.setAttribute("fill", styleOf(app(), "color"));
            node.setAttribute("font-family", styleOf(app(), "font-family"));
            node.textContent = line;
            this.root.append(node);
        }
    }

    mark(name) {
        const mark = new DOMParser().parseFromString(MARK, "image/svg+xml").documentElement;
        const place = { x: EDGE, y: this.y + 2, width: 18, height: 18 };
        Object.entries(place).forEach(([key, value]) => mark.setAttribute(key, value));
        this.root.append(mark);
        this.text(name, 14, 650);
        this.root.lastChild.setAttribute("x", EDGE + 26);
    }

    picture({ node, width, height }) {
        this.y += 12;
        node.setAttribute("x", (this.width - width) / 2);
        node.setAttribute("y", this.y);
        this.root.append(node);
        this.y += height;
    }

    finished() {
        this.y += EDGE;
        for (const node of [this.root, this.ground]) {
            node.setAttribute("width", this.width);
            node.setAttribute("height", Math.ceil(this.y));
        }
        this.root.setAttribute("viewBox", `0 0 ${this.width} ${Math.ceil(this.y)}`);
        this.ground.setAttribute("fill", styleOf(app(), "background-color"));
        return { text: new XMLSerializer().serializeToString(this.root), width: this.width, height: this.y };
    }
}

function sheetOf(figure, texts) {
    const picture = drawn(figure);
    const sheet = new Sheet(Math.ceil(Math.max(picture.width + 2 * EDGE, LEAST_WIDTH)));
    sheet.mark(texts.name);
    sheet.text(document.querySelector("h1")?.innerText || texts.question, 20, 650);
    sheet.text(sentenceOf(figure), 14);
    sheet.picture(picture);
    sheet.text(`${texts.source} · ${location.host}${location.pathname}`, 11, 400, 0.8);
    return sheet.finished();
}

async function pngOf(sheet) {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(sheet.text)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * sheet.width; // twice the pixels: sharp on screens of today and in print
    canvas.height = 2 * sheet.height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000); // by then the browser has begun to read it
}
