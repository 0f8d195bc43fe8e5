// Lets the reader put the table of states in another order. Without it the table is complete, in order of names.
for (const table of document.querySelectorAll('table.sortable')) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const status = table.closest('section').querySelector('.sorted');
  const valueOf = (row, at) => row.cells[at].dataset.sort ?? '';
  heads.forEach((head, at) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const up = head.getAttribute('aria-sort') !== 'ascending';
      const numbers = head.classList.contains('number');
      const compare = (a, b) => {
        const [x, y] = [valueOf(a, at), valueOf(b, at)];
        if (x === '' || y === '') return (x === '') - (y === '');  // what is missing comes last either way
        return (up ? 1 : -1) * (numbers ? x - y : x < y ? -1 : Number(x > y));
      };
      body.append(...[...body.rows].sort(compare));
      heads.forEach((other) => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      status.textContent = `${button.innerText.trim()}: ${status.dataset[up ? 'up' : 'down']}`;
    });
  });
  heads[0].setAttribute('aria-sort', 'ascending');
}
