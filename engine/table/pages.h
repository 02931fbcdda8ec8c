#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/table/address_space.h"
#include "engine/table/cell.h"
#include "engine/table/epoch.h"
#include "engine/table/row.h"
#include "engine/table/word.h"

namespace laterbase::worktable {

// Where a row is, as indexes keep it: its byte position in the space of all pages, in words. So a table has at most
// 32 GiB of pages.
using Spot = std::uint32_t;
constexpr Spot no_spot = 0;  // page 0 begins with its own header, never a cell

// Where a row is, for people.
struct Link {
  std::uint32_t page = 0;
  std::uint16_t offset = 0;  // of the row's first byte in its page
  std::uint16_t length = 0;  // bytes
  bool operator==(const Link&) const = default;
};

// The first 64 bytes of each page in memory.
struct alignas(64) PageHead {
  std::atomic<std::uint64_t> moment{0};  // copied, or made, for this moment: a snapshot of it needs no further copy
  std::atomic<std::uint64_t> born{0};    // the moment in which the page came into use
  std::atomic<struct PageCopy*> copies{nullptr};  // what the page was, newest first, for snapshots that are open
  std::atomic<std::uint32_t> life{0};  // counts the uses of this page number; a link of an earlier life is void
  std::atomic<std::uint32_t> end{0};   // first unused word, once the page is no longer the last
  std::atomic<bool> closing{false};    // vacuum empties it: its free cells are not handed out
  std::atomic<bool> used{false};
  SpinLock copy_lock;
};

struct PageCopy {
  std::uint64_t moment;  // the page as it was when this moment opened
  PageCopy* older;
  std::unique_ptr<std::uint64_t[]> words;
};

struct PageUse {
  std::uint64_t pages = 0;       // in use
  std::uint64_t page_bytes = 0;  // memory of all pages, spare ones too
  std::uint64_t live_bytes = 0;  // capacity of cells that hold rows
};

// Rows in pages: cells handed out, read whole, given back.
//
// A new row takes a freed cell that fits, from a lock-free stack of its size class, else the next bytes of the last
// page by moving an atomic tail. Only adding a page takes a lock.
// Promises: read() gives a row as one writer left it. A cell that was freed is handed out again only when no pin from
// before is left. A snapshot sees every page as it was at its moment: who writes to a page first copies it, once a page
// and moment, and only while a snapshot is open.
// Threads: any. Everything but construction wants a Pin; what changes cells wants a WriteScope.
class Pages {
 public:
  explicit Pages(std::uint32_t page_bytes);
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages();

  std::uint32_t page_bytes() const noexcept { return page_words_ * word_bytes; }
  std::uint32_t longest_row() const noexcept { return (page_words_ - first_word - 1) * word_bytes; }
  std::uint32_t page_count() const noexcept { return page_count_.load(std::memory_order_acquire); }
  Link link_of(Spot spot) const noexcept;
  Spot spot_of(Link link) const noexcept { return link.page * page_words_ + link.offset / word_bytes - 1; }
  std::uint32_t page_of(Spot spot) const noexcept { return spot >> page_shift_; }

  std::atomic_ref<std::uint64_t> header(Spot spot) const noexcept { return shared_word(cell(spot)); }
  CellHeader look(Spot spot) const noexcept { return CellHeader(load_word(cell(spot))); }
  const char* row(Spot spot) const noexcept { return cell(spot) + word_bytes; }
  char* row(Spot spot) noexcept { return const_cast<char*>(cell(spot)) + word_bytes; }
  void prefetch(Spot spot) const noexcept { __builtin_prefetch(cell(spot)); }
  PageHead& head(std::uint32_t page) const noexcept { return *reinterpret_cast<PageHead*>(page_at(page)); }

  // A reserved cell with the row in it, seen by nobody yet. The row is at most longest_row() bytes.
  Spot make(BytesView row, const WriteScope& write);
  // Copies the row if it is live. False: it has left the table (or was never in it).
  bool read(Spot spot, RowBuffer& to) const noexcept;
  // Calls look(SharedRow) with the row where it stands, if it is live; again where it was changed meanwhile, so that
  // only what the last call saw counts. False: as read().
  template <typename Look>
  bool look_at(Spot spot, Look&& look) const noexcept;
  // One look, without waiting. False: nothing to be said yet.
  template <typename Look>
  bool look_once(Spot spot, Look&& look) const noexcept;
  // The bytes of a cell whatever its state; for a writer that claimed it, or of parts that never change in a cell.
  void read_as_is(Spot spot, RowBuffer& to) const noexcept;
  // Gives a dead cell back once all pins of now are gone.
  void retire(Spot spot, const WriteScope& write);
  // To be called before anything in the page of this cell changes, and before a row of it is claimed.
  void before_change(Spot spot, const WriteScope& write) {
    auto& page = head(page_of(spot));
    if (snapshots_.load(std::memory_order_acquire) != 0 && page.moment.load(std::memory_order_acquire) < write.moment())
      copy_page(page, write.moment());
  }

  // Walks a page: each(spot, header) for every cell. The page may change meanwhile.
  template <typename Each>
  void walk(std::uint32_t page, Each&& each) const;
  // The same over a copy of the page's words; each(header, row bytes, spot).
  template <typename Each>
  void walk_copy(const std::uint64_t* words, std::uint32_t page, Each&& each) const;

  void open_snapshot(std::uint64_t& moment);
  void close_snapshot(std::uint64_t moment);
  // Copies the page as it was at a moment that is open. False: it wasn't in use then.
  bool page_at_moment(std::uint32_t page, std::uint64_t moment, std::uint64_t* to) const;

  PageUse use() const;
  // Live bytes of one page; for vacuum.
  std::uint32_t live_words(std::uint32_t page) const;
  bool is_last(std::uint32_t page) const noexcept { return page_in(tail_.load(std::memory_order_acquire)) == page; }
  // Takes the page's free cells out of circulation.
  void begin_closing(const std::vector<std::uint32_t>& pages, const WriteScope& write);
  // Nobody begins to walk this page any more. To be called once its rows have left, and pins from before to be awaited.
  void leave(std::uint32_t page) { head(page).used.store(false, std::memory_order_release); }
  // Gives back pages that were left; nobody may hold a pin from before that.
  void release(const std::vector<std::uint32_t>& pages, const WriteScope& write);
  void reclaim(const WriteScope& write);

 private:
  static constexpr std::uint32_t first_word = sizeof(PageHead) / word_bytes;
  static constexpr std::uint32_t exact_classes = 64;
  static constexpr std::uint32_t classes = exact_classes + 8 * 8;
  static constexpr std::uint32_t limbos = 16;

  // Cells that wait until no pin from before their end is left.
  struct alignas(64) Limbo {
    SpinLock lock;
    std::uint64_t epoch[3] = {};
    std::vector<Spot> cells[3];
    std::uint32_t since_advance = 0;
  };

  static std::uint32_t class_of(std::uint32_t words) noexcept;
  static std::uint64_t tail_at(std::uint32_t page, std::uint32_t word) { return std::uint64_t{page} << 32 | word; }
  static std::uint32_t page_in(std::uint64_t tail) { return static_cast<std::uint32_t>(tail >> 32); }
  static std::uint32_t word_in(std::uint64_t tail) { return static_cast<std::uint32_t>(tail); }

  char* page_at(std::uint32_t page) const noexcept { return base_ + std::size_t{page} * page_bytes(); }
  const char* cell(Spot spot) const noexcept { return base_ + std::size_t{spot} * word_bytes; }
  std::uint32_t words_used(std::uint32_t page) const noexcept;
  Spot take_free(std::uint32_t words, bool alone);
  Spot pop(std::uint32_t size_class, std::uint32_t words, bool alone);
  void push(Spot spot, bool alone);
  Spot bump(std::uint32_t words, const WriteScope& write);
  void add_page(std::uint64_t full_tail, std::uint64_t moment);
  std::uint32_t new_page_number(std::uint64_t moment);
  void add_memory();
  void close_tail(std::uint64_t full_tail);
  void copy_page(PageHead& page, std::uint64_t moment);
  void drain(Limbo& limbo, bool alone);
  void free_copies(std::uint64_t oldest_open);

  AddressSpace space_;
  char* const base_;  // of page 0
  std::uint32_t page_words_;
  std::uint32_t page_shift_;
  std::atomic<std::uint64_t> tail_{0};
  std::atomic<std::uint32_t> page_count_{0};
  std::atomic<std::uint32_t> snapshots_{0};
  std::atomic<std::uint64_t> heads_[classes] = {};  // of the stacks of free cells: a count against ABA, and a spot
  std::unique_ptr<Limbo[]> limbo_ = std::make_unique<Limbo[]>(limbos);
  mutable std::mutex page_lock_;
  std::uint32_t pages_in_memory_ = 0;  // page numbers below have their memory
  std::vector<std::uint32_t> spare_;   // pages that vacuum emptied
  std::mutex snapshot_lock_;
  std::vector<std::uint64_t> open_snapshots_;
  std::atomic<bool> copied_{false};
};

// The row of a cell that its writer has claimed, or of one that never changes: copied when it is first asked for.
class ClaimedRow {
 public:
  ClaimedRow(const Pages& pages, Spot spot) : pages_(pages), spot_(spot) {}
  BytesView bytes() {
    if (!copied_) pages_.read_as_is(spot_, row_);
    copied_ = true;
    return row_.bytes();
  }

 private:
  const Pages& pages_;
  Spot spot_;
  bool copied_ = false;
  RowBuffer row_;
};

inline bool Pages::read(Spot spot, RowBuffer& to) const noexcept {
  const auto* at = cell(spot);
  Backoff backoff;
  for (;; backoff.pause()) {
    const CellHeader before(load_word(at));
    if (before.unsettled()) continue;
    if (!before.live()) return false;
    copy_from_shared(to.room_for(before.length()), at + word_bytes, words_for(before.length()));
    if (CellHeader::stood_still(before, CellHeader(load_word(at)))) return true;
  }
}

template <typename Look>
[[gnu::always_inline]] inline bool Pages::look_at(Spot spot, Look&& look) const noexcept {
  const auto* at = cell(spot);
  for (Backoff backoff;;) {
    const CellHeader before(load_word(at));
    if (before.readable()) [[likely]] {
      look(SharedRow{at + word_bytes});
      if (CellHeader::stood_still(before, CellHeader(load_word(at)))) [[likely]]
        return true;
    } else if (!before.unsettled()) {
      return false;
    }
    backoff.pause();
  }
}

template <typename Look>
[[gnu::always_inline]] inline bool Pages::look_once(Spot spot, Look&& look) const noexcept {
  const auto* at = cell(spot);
  const CellHeader before(load_word(at));
  if (!before.readable()) [[unlikely]]
    return false;
  look(SharedRow{at + word_bytes});
  return CellHeader::stood_still(before, CellHeader(load_word(at)));
}

template <typename Each>
void Pages::walk(std::uint32_t page, Each&& each) const {
  if (!head(page).used.load(std::memory_order_acquire)) return;
  const auto base = page * page_words_;
  for (auto word = first_word, end = words_used(page); word < end;) {
    auto header = look(base + word);
    Backoff backoff;
    for (; header.capacity_words() == 0; header = look(base + word)) backoff.pause();  // handed out just now
    each(base + word, header);
    word += header.capacity_words();
  }
}

template <typename Each>
void Pages::walk_copy(const std::uint64_t* words, std::uint32_t page, Each&& each) const {
  for (auto word = first_word; word < page_words_;) {
    const CellHeader header(words[word]);
    if (header.capacity_words() == 0) return;
    each(header, BytesView(reinterpret_cast<const char*>(words + word + 1), header.length()),
         page * page_words_ + word);
    word += header.capacity_words();
  }
}

}  // namespace laterbase::worktable
