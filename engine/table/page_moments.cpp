#include <algorithm>

#include "engine/table/pages.h"

// The part of Pages that keeps what pages were while snapshots are open.
namespace laterbase::worktable {
namespace {
void free_copy(void* memory) { delete static_cast<PageCopy*>(memory); }
}  // namespace

void Pages::open_snapshot(std::uint64_t& moment) {
  snapshots_.fetch_add(1, std::memory_order_seq_cst);
  const std::lock_guard guard(snapshot_lock_);
  moment = epochs().open_moment();
  open_snapshots_.push_back(moment);
}

void Pages::close_snapshot(std::uint64_t moment) {
  const std::lock_guard guard(snapshot_lock_);
  open_snapshots_.erase(std::find(open_snapshots_.begin(), open_snapshots_.end(), moment));
  snapshots_.fetch_sub(1, std::memory_order_seq_cst);
  if (!copied_.load(std::memory_order_acquire)) return;
  if (open_snapshots_.empty()) copied_.store(false, std::memory_order_release);
  free_copies(open_snapshots_.empty() ? epochs().moment() + 1
                                      : *std::min_element(open_snapshots_.begin(), open_snapshots_.end()));
}

// All writers of earlier moments have ended, and those of this one wait here: the page stands still.
void Pages::copy_page(PageHead& page, std::uint64_t moment) {
  const std::lock_guard guard(page.copy_lock);
  if (page.moment.load(std::memory_order_acquire) >= moment) return;
  if (page.born.load(std::memory_order_acquire) < moment) {
    auto words = std::make_unique<std::uint64_t[]>(page_words_);
    copy_from_shared(words.get() + first_word, reinterpret_cast<const char*>(&page) + sizeof(PageHead),
                     page_words_ - first_word);
    page.copies.store(new PageCopy{moment, page.copies.load(std::memory_order_relaxed), std::move(words)},
                      std::memory_order_release);
    copied_.store(true, std::memory_order_release);
  }
  page.moment.store(moment, std::memory_order_release);
}

bool Pages::page_at_moment(std::uint32_t page, std::uint64_t moment, std::uint64_t* to) const {
  auto& at = head(page);
  copy_from_shared(to + first_word, page_at(page) + sizeof(PageHead), page_words_ - first_word);
  if (at.born.load(std::memory_order_acquire) >= moment) return false;
  if (at.moment.load(std::memory_order_acquire) < moment) return true;
  // It was changed since: the oldest copy that was made for this moment or a later one is what it was.
  const PageCopy* found = nullptr;
  for (auto* copy = at.copies.load(std::memory_order_acquire); copy != nullptr && copy->moment >= moment;
       copy = copy->older)
    found = copy;
  if (found == nullptr) return false;
  std::copy(found->words.get() + first_word, found->words.get() + page_words_, to + first_word);
  return true;
}

// Copies for moments before the oldest snapshot that is open serve nobody.
void Pages::free_copies(std::uint64_t oldest_open) {
  for (std::uint32_t page = 0; page < page_count(); ++page) {
    auto& at = head(page);
    if (at.copies.load(std::memory_order_acquire) == nullptr) continue;
    const std::lock_guard guard(at.copy_lock);
    PageCopy* newest_unneeded = at.copies.load(std::memory_order_acquire);
    PageCopy* last_needed = nullptr;
    for (; newest_unneeded != nullptr && newest_unneeded->moment >= oldest_open;
         newest_unneeded = newest_unneeded->older)
      last_needed = newest_unneeded;
    if (last_needed != nullptr) continue;  // copies behind it go with it
    at.copies.store(nullptr, std::memory_order_release);
    for (auto* copy = newest_unneeded; copy != nullptr;) {
      auto* older = copy->older;
      epochs().retire(copy, page_bytes(), free_copy);
      copy = older;
    }
  }
}

}  // namespace laterbase::worktable
