// Buttons that copy the link, the picture and the citation, save the picture, and begin the presentation.

async function copyText(text) {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        // Without HTTPS a browser has no such clipboard, but still this older way.
        const field = document.createElement("textarea");
        field.value = text;
        document.body.append(field);
        field.select();
        const copied = document.execCommand("copy");
        field.remove();
        if (!copied) throw new Error("no clipboard");
    }
}

function linkOf(carried) {
    const address = new URL(location.href);
    if (globalThis.joulelensStageEnded) address.searchParams.delete("stage"); // the link is of what is seen
    Object.entries(carried).forEach(([name, value]) => address.searchParams.set(name, value));
    return address.toString();
}

const fileName = (texts, suffix) =>
    `joulelens-${location.pathname.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "devices"}-${texts.date}.${suffix}`;

async function copyPicture(texts) {
    const sheet = sheetOf(figureInView(), texts);
    try {
        await navigator.clipboard.write([new ClipboardItem({ "image/png": pngOf(sheet) })]);
        return texts.picture_copied;
    } catch {
        save(await pngOf(sheet), fileName(texts, "png"));
        return texts.picture_saved;
    }
}

const ACTIONS = {
    link: async (data) => {
        await copyText(linkOf(data.carried));
        return data.texts.link_copied;
    },
    cite: async (data) => {
        await copyText(data.bibtex.replace("ADDRESS", linkOf(data.carried)));
        return data.texts.citation_copied;
    },
    picture: (data) => copyPicture(data.texts),
    png: async (data) => {
        save(await pngOf(sheetOf(figureInView(), data.texts)), fileName(data.texts, "png"));
        return data.texts.picture_saved;
    },
    svg: async (data) => {
        const text = sheetOf(figureInView(), data.texts).text;
        save(new Blob([text], { type: "image/svg+xml" }), fileName(data.texts, "svg"));
        return data.texts.picture_saved;
    },
    stage: async (data) => {
        present(data);
        return "";
    },
};

export default function ({ data, parentElement }) {
    if (data.present_at_once) {
        if (!globalThis.joulelensStageEnded) present(data);
        return undefined;
    }
    const bar = document.createElement("div");
    bar.className = "bar";
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    for (const [name, label] of Object.entries(data.buttons)) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = label;
        button.dataset.share = name;
        button.disabled = ["picture", "png", "svg"].includes(name) && !figureInView();
        button.onclick = async () => {
            try {
                status.textContent = await ACTIONS[name](data);
            } catch {
                status.textContent = data.texts.failed;
            }
        };
        bar.append(button);
    }
    const strip = document.createElement("div");
    strip.append(bar, status);
    parentElement.querySelector(".strip")?.remove(); // of the run before; the style beside it stays
    strip.className = "strip";
    parentElement.append(strip);
    return () => strip.remove();
}
