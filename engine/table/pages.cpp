#include "engine/table/pages.h"

#include <algorithm>
#include <bit>
#include <new>

#include "engine/base/invariant.h"

namespace laterbase::worktable {
namespace {

constexpr std::size_t all_spots_bytes = (std::size_t{1} << 32) * word_bytes;
constexpr std::size_t least_space = std::size_t{64} << 20;
constexpr std::uint32_t retired_before_advance = 128;

}  // namespace

Pages::Pages(std::uint32_t page_bytes)
    : space_(all_spots_bytes, least_space),
      base_(space_.data()),
      page_words_(page_bytes / word_bytes),
      page_shift_(static_cast<std::uint32_t>(std::countr_zero(page_words_))) {
  const std::lock_guard guard(page_lock_);
  tail_.store(tail_at(new_page_number(0), first_word), std::memory_order_release);
}

Pages::~Pages() {
  for (std::uint32_t page = 0; page < page_count(); ++page)
    for (auto* copy = head(page).copies.load(); copy != nullptr;) {
      auto* older = copy->older;
      delete copy;
      copy = older;
    }
}

Link Pages::link_of(Spot spot) const noexcept {
  return {page_of(spot), static_cast<std::uint16_t>(((spot & (page_words_ - 1)) + 1) * word_bytes),
          static_cast<std::uint16_t>(look(spot).length())};
}

std::uint32_t Pages::words_used(std::uint32_t page) const noexcept {
  const auto tail = tail_.load(std::memory_order_acquire);
  return page_in(tail) == page ? word_in(tail) : head(page).end.load(std::memory_order_acquire);
}

Spot Pages::make(BytesView row, const WriteScope& write) {
  const auto length = static_cast<std::uint32_t>(row.size());
  const auto words = 1 + std::max(1U, words_for(length));
  auto spot = take_free(words, write.alone());
  auto capacity = words;
  if (spot == no_spot)
    spot = bump(words, write);
  else
    capacity = look(spot).capacity_words();
  before_change(spot, write);
  const auto sequence = look(spot).sequence() + 1;
  header(spot).store(CellHeader::make(CellState::reserved, capacity, length, sequence).word(),
                     std::memory_order_release);
  copy_to_shared(this->row(spot), row.data(), length);
  return spot;
}

void Pages::read_as_is(Spot spot, RowBuffer& to) const noexcept {
  const auto length = look(spot).length();
  copy_from_shared(to.room_for(length), row(spot), words_for(length));
}

// Sizes up to 64 words each have a class of their own; above, eight to a power of two.
std::uint32_t Pages::class_of(std::uint32_t words) noexcept {
  if (words < exact_classes) return words;
  const auto octave = static_cast<std::uint32_t>(std::bit_width(words)) - 7;
  return exact_classes + octave * 8 + (words >> (octave + 3) & 7);
}

Spot Pages::take_free(std::uint32_t words, bool alone) {
  const auto from = class_of(words);
  const auto to = std::min(class_of(words + words / 4), classes - 1);
  for (auto size_class = from; size_class <= to; ++size_class)
    if (const auto spot = pop(size_class, words, alone); spot != no_spot) return spot;
  return no_spot;
}

Spot Pages::pop(std::uint32_t size_class, std::uint32_t words, bool alone) {
  auto& stack = heads_[size_class];
  auto top = stack.load(std::memory_order_acquire);
  for (;;) {
    const auto spot = static_cast<Spot>(top);
    if (spot == no_spot || look(spot).capacity_words() < words) return no_spot;
    const auto next = static_cast<Spot>(load_word(row(spot)));
    const auto after = ((top >> 32) + 1) << 32 | next;
    if (exchange_shared(alone, stack, top, after)) return spot;
  }
}

void Pages::push(Spot spot, bool alone) {
  const auto was = look(spot);
  if (head(page_of(spot)).closing.load(std::memory_order_acquire)) return;
  header(spot).store(CellHeader::make(CellState::free, was.capacity_words(), 0, was.sequence() + 1).word(),
                     std::memory_order_release);
  auto& stack = heads_[class_of(was.capacity_words())];
  auto top = stack.load(std::memory_order_acquire);
  do {
    store_word(row(spot), static_cast<Spot>(top));
  } while (!exchange_shared(alone, stack, top, ((top >> 32) + 1) << 32 | spot));
}

Spot Pages::bump(std::uint32_t words, const WriteScope& write) {
  auto tail = tail_.load(std::memory_order_acquire);
  for (;;) {
    if (word_in(tail) + words > page_words_) {
      add_page(tail, write.moment());
      tail = tail_.load(std::memory_order_acquire);
      continue;
    }
    if (exchange_shared(write.alone(), tail_, tail, tail + words)) return page_in(tail) * page_words_ + word_in(tail);
  }
}

void Pages::add_page(std::uint64_t full_tail, std::uint64_t moment) {
  const std::lock_guard guard(page_lock_);
  if (tail_.load(std::memory_order_acquire) != full_tail) return;
  const auto page = new_page_number(moment);
  head(page_in(full_tail)).end.store(word_in(full_tail), std::memory_order_release);
  if (!tail_.compare_exchange_strong(full_tail, tail_at(page, first_word), std::memory_order_acq_rel)) {
    head(page).used.store(false, std::memory_order_release);  // a smaller row took the rest of the page meanwhile
    spare_.push_back(page);
    return;
  }
  close_tail(full_tail);
}

// What is left at the end of a full page becomes a free cell.
void Pages::close_tail(std::uint64_t full_tail) {
  const auto left = page_words_ - word_in(full_tail);
  if (left < 2) return;
  const auto spot = page_in(full_tail) * page_words_ + word_in(full_tail);
  header(spot).store(CellHeader::make(CellState::free, left, 0, 1).word(), std::memory_order_release);
  head(page_in(full_tail)).end.store(page_words_, std::memory_order_release);
  push(spot, false);
}

std::uint32_t Pages::new_page_number(std::uint64_t moment) {
  std::uint32_t page = 0;
  if (!spare_.empty()) {
    page = spare_.back();
    spare_.pop_back();
  } else {
    page = page_count();
    if (page == pages_in_memory_) add_memory();
    new (page_at(page)) PageHead;
  }
  auto& fresh = head(page);
  fresh.moment.store(0, std::memory_order_release);
  fresh.born.store(moment, std::memory_order_release);
  fresh.end.store(first_word, std::memory_order_release);
  fresh.life.fetch_add(1, std::memory_order_acq_rel);
  fresh.closing.store(false, std::memory_order_release);
  fresh.used.store(true, std::memory_order_release);
  if (page == page_count()) page_count_.store(page + 1, std::memory_order_release);
  return page;
}

// Memory grows by a sixteenth of what there is, so that little of it waits for rows; a large table's by huge pages.
void Pages::add_memory() {
  const std::size_t from = std::size_t{pages_in_memory_} * page_bytes();
  const bool huge = from >= 16 * AddressSpace::huge_page && from % AddressSpace::huge_page == 0;
  const std::size_t pages = std::max(pages_in_memory_ / 16, 1U);
  const auto to_huge = AddressSpace::huge_page - from % AddressSpace::huge_page;
  const auto bytes = huge ? AddressSpace::huge_page : std::min(pages * page_bytes(), to_huge);
  if (from + bytes > space_.size()) throw std::bad_alloc();
  huge ? space_.populate_huge(from, bytes) : space_.populate(from, bytes);
  pages_in_memory_ += static_cast<std::uint32_t>(bytes / page_bytes());
}

void Pages::retire(Spot spot, const WriteScope& write) {
  auto& limbo = limbo_[thread_number() % limbos];
  const LockUnless guard(write.alone(), limbo.lock);
  const auto epoch = epochs().retirement();
  const auto list = epoch % 3;
  if (limbo.epoch[list] != epoch) {
    for (const auto cell : limbo.cells[list]) push(cell, write.alone());  // three epochs old at least
    limbo.cells[list].clear();
    limbo.epoch[list] = epoch;
  }
  limbo.cells[list].push_back(spot);
  if (++limbo.since_advance < retired_before_advance) return;
  limbo.since_advance = 0;
  epochs().try_advance();
  drain(limbo, write.alone());
}

void Pages::drain(Limbo& limbo, bool alone) {
  for (std::size_t list = 0; list < 3; ++list) {
    if (limbo.cells[list].empty() || !epochs().is_past(limbo.epoch[list])) continue;
    for (const auto cell : limbo.cells[list]) push(cell, alone);
    limbo.cells[list].clear();
  }
}

void Pages::reclaim(const WriteScope& write) {
  epochs().try_advance();
  for (std::uint32_t i = 0; i < limbos; ++i) {
    const LockUnless guard(write.alone(), limbo_[i].lock);
    drain(limbo_[i], write.alone());
  }
}

std::uint32_t Pages::live_words(std::uint32_t page) const {
  std::uint32_t words = 0;
  walk(page, [&](Spot, CellHeader cell) {
    if (cell.live() || cell.state() == CellState::reserved || cell.state() == CellState::arriving)
      words += cell.capacity_words();
  });
  return words;
}

PageUse Pages::use() const {
  PageUse use;
  for (std::uint32_t page = 0; page < page_count(); ++page) {
    use.pages += head(page).used.load(std::memory_order_acquire) ? 1 : 0;
    use.live_bytes += std::uint64_t{live_words(page)} * word_bytes;
  }
  const std::lock_guard guard(page_lock_);
  use.page_bytes = std::uint64_t{pages_in_memory_} * page_bytes();
  return use;
}

void Pages::begin_closing(const std::vector<std::uint32_t>& pages, const WriteScope& write) {
  for (const auto page : pages) head(page).closing.store(true, std::memory_order_release);
  for (auto& stack : heads_) {
    auto top = stack.load(std::memory_order_acquire);
    while (!stack.compare_exchange_weak(top, ((top >> 32) + 1) << 32, std::memory_order_acq_rel)) {
    }
    for (auto spot = static_cast<Spot>(top); spot != no_spot;) {
      const auto next = static_cast<Spot>(load_word(row(spot)));
      push(spot, write.alone());  // leaves out those of closing pages
      spot = next;
    }
  }
}

void Pages::release(const std::vector<std::uint32_t>& pages, const WriteScope& write) {
  const auto gone = [&](Spot spot) { return std::binary_search(pages.begin(), pages.end(), page_of(spot)); };
  for (std::uint32_t i = 0; i < limbos; ++i) {
    const LockUnless guard(write.alone(), limbo_[i].lock);
    for (auto& cells : limbo_[i].cells) cells.erase(std::remove_if(cells.begin(), cells.end(), gone), cells.end());
  }
  const std::lock_guard guard(page_lock_);
  for (const auto page : pages) {
    for (auto word = first_word; word < page_words_; ++word) store_word(page_at(page) + word * word_bytes, 0);
    spare_.push_back(page);
  }
}

}  // namespace laterbase::worktable
