// A button that copies what stands before it; there is none where the browser can't (plain http other than localhost).
const button = document.querySelector("[data-copy]");
if (button && navigator.clipboard) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.value.trim());
    button.textContent = button.dataset.copied;
  });
}
