// Points at the part of the page that the tour speaks of: a frame around it and the step's number.

const PATIENCE_MS = 10_000; // pictures come last; later than this none comes

export default function ({ data }) {
    const start = Date.now();
    let target = null;
    let tag = null;
    const point = () => {
        target = [...document.querySelectorAll(data.target)].find((each) => each.getBoundingClientRect().width > 0);
        if (!target) return;
        clearInterval(looking);
        target.style.outline = "3px solid #0f8f86";
        target.style.outlineOffset = "4px";
        target.style.borderRadius = "4px";
        tag = document.createElement("span");
        tag.textContent = data.step;
        tag.setAttribute("aria-hidden", "true");
        tag.style.cssText = "position:absolute;top:-14px;left:-14px;z-index:9;width:26px;height:26px;line-height:26px;"
            + "text-align:center;border-radius:13px;background:#0b6e6e;color:#fff;font-weight:600;pointer-events:none";
        if (getComputedStyle(target).position === "static") target.style.position = "relative";
        target.append(tag);
    };
    const looking = setInterval(() => (Date.now() - start > PATIENCE_MS ? clearInterval(looking) : point()), 200);
    return () => {
        clearInterval(looking);
        tag?.remove();
        for (const name of ["outline", "outline-offset", "border-radius"]) target?.style.removeProperty(name);
    };
}
