// The presenter's view: one thing of the page at a time, large, and on by key.

const STAGE_CSS = `
dialog.joulelens-stage { width: 100vw; height: 100vh; max-width: none; max-height: none; margin: 0; border: 0;
    padding: 3vh 4vw; box-sizing: border-box; background: var(--stage-ground); color: var(--stage-ink);
    font-family: var(--stage-font); }
dialog.joulelens-stage[open] { display: grid; grid-template-rows: auto minmax(0, 1fr) auto auto; gap: 2vh; }
dialog.joulelens-stage h2 { font-size: clamp(1.6rem, 3.4vw, 3.4rem); margin: 0; line-height: 1.15; }
dialog.joulelens-stage .scene { display: grid; place-items: center; overflow: auto; min-height: 0; }
dialog.joulelens-stage .scene > svg, dialog.joulelens-stage .scene > img { width: 100%; height: 100%; object-fit: contain; }
dialog.joulelens-stage .figures { display: flex; flex-wrap: wrap; gap: 3vw 5vw; justify-content: center; }
dialog.joulelens-stage .figures strong { display: block; font-size: clamp(2.4rem, 6.5vw, 6.5rem); line-height: 1.1; }
dialog.joulelens-stage .figures span { font-size: clamp(1.1rem, 1.9vw, 1.9rem); }
dialog.joulelens-stage .say { font-size: clamp(1.15rem, 2.1vw, 2.1rem); margin: 0; max-height: 24vh; overflow: auto; }
dialog.joulelens-stage .say.long { font-size: clamp(1rem, 1.4vw, 1.4rem); max-height: 18vh; }
dialog.joulelens-stage .foot { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; align-items: center; font-size: 1rem; }
dialog.joulelens-stage button { font: inherit; color: inherit; background: transparent; border: 1px solid currentColor;
    border-radius: 0.5rem; padding: 0.3rem 0.9rem; cursor: pointer; }
`;
const LONG = 160; // signs; more in the large type would leave no room for the picture
const QUIET_MS = 700; // a page counts as finished when nothing ran for so long
const PATIENCE_MS = 30_000; // no page takes longer

const plain = (element) => (element?.innerText || "").replace(/\s+/g, " ").trim();

// The first scene are the figures of the page, then each picture.
function scenes() {
    const metrics = [...document.querySelectorAll('[data-testid="stMetric"]')].filter(isShown);
    const pictures = figures().map((figure) => ({ figure, say: sentenceOf(figure) }));
    const words = [...document.querySelectorAll('[data-testid="stMain"] [data-testid="stMarkdown"]')];
    const say = plain(words.filter(isShown).find((each) => plain(each).length > 40));
    return metrics.length || !pictures.length ? [{ metrics, say }, ...pictures] : pictures;
}

function showFigures(scene, metrics) {
    const box = document.createElement("div");
    box.className = "figures";
    for (const metric of metrics) {
        const figure = document.createElement("div");
        const value = document.createElement("strong");
        value.textContent = plain(metric.querySelector('[data-testid="stMetricValue"]'));
        const label = document.createElement("span");
        label.textContent = plain(metric.querySelector('[data-testid="stMetricLabel"]'));
        const interval = document.createElement("span");
        interval.textContent = plain(metric.closest('[data-testid="stVerticalBlock"]')
            ?.querySelector('[data-testid="stCaptionContainer"]'));
        figure.append(value, label, document.createElement("br"), interval);
        box.append(figure);
    }
    scene.replaceChildren(box);
}

function showPicture(scene, figure) {
    if (figure.tagName === "IMG") {
        scene.replaceChildren(figure.cloneNode());
        return;
    }
    const { node, width, height } = drawn(figure);
    node.setAttribute("viewBox", `0 0 ${width} ${height}`);
    node.removeAttribute("width");
    node.removeAttribute("height");
    scene.replaceChildren(node);
}

async function untilQuiet() {
    const start = Date.now();
    let quietSince = null;
    while (Date.now() - start < PATIENCE_MS) {
        await new Promise((done) => setTimeout(done, 100));
        const isQuiet = app().dataset.testScriptState !== "running"
            && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]');
        quietSince = isQuiet ? (quietSince ?? Date.now()) : null;
        if (quietSince && Date.now() - quietSince >= QUIET_MS) return;
    }
}

class Stage {
    constructor(data) {
        this.data = data;
        this.at = 0;
        this.dialog = document.createElement("dialog");
        this.dialog.className = "joulelens-stage";
        this.dialog.setAttribute("aria-label", data.texts.stage);
        const style = document.createElement("style");
        style.textContent = STAGE_CSS;
        this.title = document.createElement("h2");
        this.scene = Object.assign(document.createElement("div"), { className: "scene" });
        this.say = Object.assign(document.createElement("p"), { className: "say" });
        this.say.setAttribute("aria-live", "polite");
        this.foot = Object.assign(document.createElement("div"), { className: "foot" });
        this.place = document.createElement("span");
        this.foot.append(
            this.button(data.texts.back, () => this.step(-1)),
            this.button(data.texts.next, () => this.step(1)),
            this.button(data.texts.end, () => this.dialog.close()),
            this.place,
            Object.assign(document.createElement("span"), { textContent: data.texts.keys }),
        );
        this.dialog.append(style, this.title, this.scene, this.say, this.foot);
        this.dialog.onkeydown = (event) => this.key(event);
        this.dialog.onclose = () => this.end();
    }

    button(label, act) {
        return Object.assign(document.createElement("button"), { type: "button", textContent: label, onclick: act });
    }

    key(event) {
        const acts = {
            ArrowRight: () => this.step(1), PageDown: () => this.step(1), ArrowLeft: () => this.step(-1),
            PageUp: () => this.step(-1), n: () => this.turn(1), p: () => this.turn(-1),
            f: () => (document.fullscreenElement ? document.exitFullscreen() : this.dialog.requestFullscreen()),
        };
        if (event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
        event.preventDefault();
        acts[event.key]();
    }

    begin() {
        const look = { ground: styleOf(app(), "background-color"), ink: styleOf(app(), "color"), font: styleOf(app(), "font-family") };
        Object.entries(look).forEach(([name, value]) => this.dialog.style.setProperty(`--stage-${name}`, value));
        document.body.append(this.dialog);
        this.title.textContent = this.data.texts.question; // until the page stands
        this.dialog.showModal();
        this.read(0);
    }

    // The address would begin it again with the next run of the page: after a file was dropped, say.
    end() {
        this.dialog.remove();
        globalThis.joulelensStageEnded = true;
    }

    async read(at) {
        this.place.textContent = this.data.texts.waiting;
        await untilQuiet();
        this.scenes = scenes();
        this.at = at < 0 ? this.scenes.length - 1 : at;
        this.show();
    }

    show() {
        const { figure, metrics, say } = this.scenes[this.at];
        this.title.textContent = plain(document.querySelector("h1")) || this.data.texts.question;
        if (figure) showPicture(this.scene, figure);
        else showFigures(this.scene, metrics);
        this.say.textContent = say;
        this.say.classList.toggle("long", say.length > LONG);
        this.place.textContent = `${this.at + 1} / ${this.scenes.length} · ${this.data.texts.source}`;
    }

    step(by) {
        if (!this.scenes) return;
        const to = this.at + by;
        if (to < 0 || to >= this.scenes.length) this.turn(by);
        else {
            this.at = to;
            this.show();
        }
    }

    // On to the page before or after this one, by its link in the navigation.
    turn(by) {
        const links = this.data.pages.map((path) =>
            [...document.querySelectorAll("a[href]")].find((link) => new URL(link.href).pathname === path));
        const here = this.data.pages.indexOf(location.pathname);
        const link = links[here + by];
        if (here < 0 || !link) return;
        link.click();
        this.scenes = null;
        this.read(by > 0 ? 0 : -1);
    }
}

function present(data) {
    if (!document.querySelector("dialog.joulelens-stage")) new Stage(data).begin();
}
