/** Shows the values under the pointer, and with the arrow keys. Without it nothing is missing that the tables do not have. */
export const SCRIPT = `
for (const plot of document.querySelectorAll('.plot')) {
  const points = JSON.parse(plot.querySelector('script').textContent);
  const cursor = plot.querySelector('.cursor');
  const tip = plot.querySelector('.tip');
  let place = 0;
  const show = (at) => {
    const point = points[at];
    if (point === undefined) return;
    place = at;
    const rows = point.values.map(({ mark, label, value }) => {
      const row = document.createElement('div');
      const name = document.createElement('span');
      const key = document.createElement('i');
      key.className = 'key ' + mark;
      name.style.position = 'static';
      name.append(key, label);
      const figure = document.createElement('b');
      figure.textContent = value;
      row.append(name, figure);
      return row;
    });
    const title = document.createElement('div');
    title.textContent = point.title;
    tip.replaceChildren(title, ...rows);
    cursor.style.left = point.at * 100 + '%';
    tip.style.left = point.at < 0.5 ? 'calc(' + point.at * 100 + '% + 10px)' : 'auto';
    tip.style.right = point.at < 0.5 ? 'auto' : 'calc(' + (1 - point.at) * 100 + '% + 10px)';
    tip.hidden = cursor.hidden = false;
  };
  const hide = () => { tip.hidden = cursor.hidden = true; };
  plot.addEventListener('pointermove', ({ clientX }) => {
    const { left, width } = plot.getBoundingClientRect();
    const at = (clientX - left) / width;
    let nearest = 0;
    points.forEach((point, index) => {
      if (Math.abs(point.at - at) < Math.abs(points[nearest].at - at)) nearest = index;
    });
    show(nearest);
  });
  plot.addEventListener('pointerleave', hide);
  plot.addEventListener('blur', hide);
  plot.addEventListener('keydown', (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -points.length, End: points.length };
    if (event.key === 'Escape') hide();
    if (!(event.key in steps)) return;
    event.preventDefault();
    show(Math.min(points.length - 1, Math.max(0, tip.hidden ? place : place + steps[event.key])));
  });
}
`;
