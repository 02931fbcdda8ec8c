#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/table/space_format.h"
#include "engine/table/space_row.h"

// Reads a space file that another process owns and may be writing. Header-only; needs the standard library and POSIX.
//
//   worktable::SpaceReader prices("prices.space");
//   const auto bid = prices.field<double>("bid");
//   if (const auto price = prices.find(std::uint64_t{17})) use(price[bid]);
//   const auto sum = prices.read([&](const auto& all) { … all.find(id)[bid] … });  // many rows of one moment
namespace laterbase::worktable {

// One generation, as its pages stand in the mapping. What it gives is only worth something if the generation was still
// whole when reading ended; SpaceReader::read() sees to that. Bad lengths never lead outside the mapping.
class SpaceView {
 public:
  std::uint64_t generation() const noexcept { return generation_; }
  std::uint64_t rows() const noexcept { return rows_; }
  std::uint32_t highest_used_page() const noexcept { return highest_used_; }
  std::uint32_t index_pages() const noexcept { return index_pages_; }
  // Whether the index is an array (space_format.h), not a hash table.
  bool is_by_number() const noexcept { return numbered_; }

  // The row with this key, or none. A number is of the type of the key's only column; where that is u64, of any
  // integer.
  space::Row find(const space::Key& key) const {
    if (numbered_ && key.bytes().size() == sizeof(std::uint64_t))
      return find(space::get<std::uint64_t>(key.bytes().data(), 0));
    return find_hashed(key.hash(), [&](const space::Row& row) { return space::has_key(*layout_, row, key.bytes()); });
  }
  template <space::Number T>
  [[gnu::always_inline]] space::Row find(T key) const {
    if (!std::is_integral_v<T> || !key_number_) return find(space::Key().add(key));
    if (key < T{}) return {};
    const auto number = static_cast<std::uint64_t>(key);
    const auto is_it = [&](const space::Row& row) { return row[*key_number_] == number; };
    return numbered_ ? find_numbered(number, is_it) : find_hashed(xxh64_of_word(number), is_it);
  }

  // Every row, in the order of the pages.
  template <typename Each>
  void each(Each&& each) const {
    auto number = first_rows_;
    for (std::uint32_t pages = 0; number != 0 && pages <= highest_used_; ++pages) {
      const char* at = page(number);
      each_of(at, each);
      number = space::get<std::uint32_t>(at, space::next_at);
    }
  }

  SpaceView() = default;

 private:
  friend class SpaceReader;

  static constexpr std::uint32_t group = 4;

  // Which slot of a page an earlier generation saw, so that its checksum need not be checked again.
  struct Choice {
    const char* at = nullptr;
    std::uint64_t written = 0;  // the generation of the slot
  };

  void learn_index() {
    numbered_ =
        index_pages_ > 0 && space::get<space::PageType>(page(index_first_), space::type_at) == space::PageType::numbers;
    by_numbers_ = ~std::uint64_t{0} / space::numbers_in(page_bytes_) + 1;
    by_pages_ = index_pages_ < 2 ? 0 : ~std::uint64_t{0} / index_pages_ + 1;
  }
  // number / divisor of numbers up to 2^32, by the divisor's inverse (Lemire, Kaser and Kurz, "Faster remainder by
  // direct computation", 2019).
  static std::uint64_t divided(std::uint64_t number, std::uint64_t inverse) noexcept {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(static_cast<Wide>(number) * inverse >> 64);
  }

  template <typename Matches>
  [[gnu::always_inline]] space::Row find_numbered(std::uint64_t number, Matches&& matches) const {
    if (number > space::greatest_number) return {};
    const auto in_page = space::numbers_in(page_bytes_);
    const auto whole = divided(number, by_numbers_);
    const auto first = whole * in_page;
    auto part = static_cast<std::uint32_t>(whole);
    if (part >= index_pages_) [[unlikely]]
      part = by_pages_ == 0 ? 0 : part - static_cast<std::uint32_t>(divided(whole, by_pages_) * index_pages_);
    const char* at = known_page(index_first_ + part);
    if (space::get<std::uint64_t>(at, space::first_number_at) != first) return {};
    const auto slot = static_cast<std::uint32_t>(number - first);
    const auto entry = space::get<space::NumberEntry>(at, space::slots_at + slot * space::number_bytes);
    return entry.page == 0 ? space::Row() : row_of(entry, matches);
  }

  template <typename Matches>
  space::Row find_hashed(std::uint64_t hash, Matches&& matches) const {
    if (index_pages_ == 0) return {};
    const char* part = page(index_first_ + space::index_page_of(hash, index_pages_));
    const auto slots = space::slots_in(page_bytes_);
    auto slot = space::first_slot_of(hash, slots);
    if (slot + group <= slots)
      if (const auto row = row_of(near(part, slot, hash), hash, matches)) [[likely]]
        return row;
    for (std::uint32_t probes = 0; probes < slots; ++probes, slot = slot + 1 == slots ? 0 : slot + 1) {
      const auto entry = space::entry_at(part, slot);
      if (entry.page == 0) break;
      if (const auto row = row_of(entry, hash, matches)) return row;
    }
    return {};
  }

  // Of four slots the first that has the hash, or one that hasn't: no branch guesses among them.
  static space::IndexEntry near(const char* part, std::uint32_t slot, std::uint64_t hash) {
    std::uint32_t found = slot;
#pragma GCC unroll 4
    for (auto i = group; i-- > 0;) found = space::entry_at(part, slot + i).hash == hash ? slot + i : found;
    return space::entry_at(part, found);
  }

  template <typename Matches>
  space::Row row_of(const space::IndexEntry& entry, std::uint64_t hash, Matches&& matches) const {
    return entry.hash != hash || entry.page == 0 ? space::Row() : row_of(entry, matches);
  }
  // The bytes are chosen, not the row: two words stay in registers where three would go through memory.
  template <typename Entry, typename Matches>
  [[gnu::always_inline]] space::Row row_of(const Entry& entry, Matches&& matches) const {
    const auto bytes = row_at(page(entry.page), entry.offset, entry.length);
    const bool fits = row_bytes_ != 0 ? bytes.size() == row_bytes_ : space::Row::fits(*layout_, bytes);
    const bool is_it = fits && matches(space::Row(*layout_, bytes));
    return space::Row(*layout_, is_it ? bytes : std::string_view());
  }

  // The slot of a page that this generation sees. Which one it is is remembered: it doesn't change.
  const char* page(std::uint32_t number) const { return known_page(number > highest_used_ ? 0 : number); }
  const char* known_page(std::uint32_t number) const {
    const char* at = seen_[number];
    if (at == nullptr) [[unlikely]]
      at = see(number);
    return at;
  }

  // Once a generation and page; the checksum once a slot's content. A page that is not whole is looked at every time.
  [[gnu::noinline]] const char* see(std::uint32_t number) const {
    choices_[number] = choose(number, choices_[number]);
    if (choices_[number].written != 0) seen_[number] = choices_[number].at;
    return choices_[number].at;
  }
  Choice choose(std::uint32_t number, const Choice& known) const {
    const char* slots[2];
    std::uint64_t generations[2];
    for (unsigned twin = 0; twin < 2; ++twin) {
      slots[twin] = base_ + space::slot_offset(number, twin, page_bytes_);
      generations[twin] = space::generation_of(slots[twin], page_bytes_);
      if (generations[twin] > generation_) generations[twin] = 0;
    }
    const unsigned newer = generations[1] > generations[0] ? 1 : 0;
    for (const unsigned twin : {newer, 1 - newer}) {
      const bool checked = known.at == slots[twin] && known.written == generations[twin];
      if (generations[twin] != 0 && (checked || space::is_whole(slots[twin], page_bytes_)))
        return {slots[twin], generations[twin]};
    }
    damaged_ = true;  // or overtaken: then nobody minds
    return {slots[newer], 0};
  }

  std::string_view row_at(const char* from, std::uint32_t offset, std::uint32_t length) const {
    return offset + length <= page_bytes_ - space::tail_bytes ? std::string_view(from + offset, length)
                                                              : std::string_view();
  }

  template <typename Each>
  void each_of(const char* from, Each& each) const {
    auto at = space::rows_at;
    for (auto left = space::get<std::uint16_t>(from, space::count_at); left > 0; --left) {
      const auto room = page_bytes_ - space::tail_bytes;
      const auto length = at + 2 <= room ? space::get<std::uint16_t>(from, at) : room;
      const auto row = row_at(from, at + 2, length);
      if (!space::Row::fits(*layout_, row)) return;  // overtaken while it was read
      each(space::Row(*layout_, row));
      at += 2 + length;
    }
  }

  const char* base_ = nullptr;
  const space::Layout* layout_ = nullptr;
  const char** seen_ = nullptr;  // by page; nullptr: not seen by this generation yet
  Choice* choices_ = nullptr;    // by page
  std::uint32_t row_bytes_ = 0;  // of every row, where that is so
  std::optional<space::Field<std::uint64_t>> key_number_;
  bool numbered_ = false;         // the index is an array
  std::uint64_t by_numbers_ = 0;  // 2^64 / numbers in a page, rounded up
  std::uint64_t by_pages_ = 0;    // the same of the index's pages
  mutable bool damaged_ = false;
  std::uint64_t generation_ = 0;
  std::uint64_t rows_ = 0;
  std::uint32_t page_bytes_ = 0;
  std::uint32_t highest_used_ = 0;
  std::uint32_t first_rows_ = 0;
  std::uint32_t index_first_ = 0;
  std::uint32_t index_pages_ = 0;
  unsigned twin_ = 0;  // of page 0
};

// Throws std::runtime_error, in words, where the file is no space file, has no complete generation, or is damaged.
// Threads: one at a time; each may have a reader of its own.
class SpaceReader {
 public:
  explicit SpaceReader(const std::string& path) : path_(path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail("cannot be opened");
    struct stat about {};
    const bool known = ::fstat(descriptor, &about) == 0;
    // More than the file has, so that pages added later are seen without a system call.
    void* mapped = ::mmap(nullptr, mapped_bytes, PROT_READ, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
    ::close(descriptor);
    if (!known || mapped == MAP_FAILED) fail("cannot be mapped");
    base_ = static_cast<const char*>(mapped);
    try {
      read_schema(static_cast<std::uint64_t>(about.st_size));
    } catch (...) {
      ::munmap(mapped, mapped_bytes);
      throw;
    }
  }
  SpaceReader(const SpaceReader&) = delete;
  SpaceReader& operator=(const SpaceReader&) = delete;
  ~SpaceReader() { ::munmap(const_cast<char*>(base_), mapped_bytes); }

  const space::Schema& schema() const noexcept { return schema_; }
  const space::Layout& layout() const noexcept { return *layout_; }
  std::uint32_t page_bytes() const noexcept { return page_bytes_; }
  std::optional<std::size_t> column(std::string_view name) const {
    for (std::size_t i = 0; i < schema_.columns.size(); ++i)
      if (schema_.columns[i].name == name) return i;
    return std::nullopt;
  }
  // Where a column of one number is, for Row[field].
  template <space::Number T>
  space::Field<T> field(std::string_view name) const {
    const auto number = column(name);
    if (!number || schema_.columns[*number].count != 0 || schema_.columns[*number].kind != space::kind_of<T>())
      fail(("has no column " + std::string(name) + " of type " + space::kind_name(space::kind_of<T>())).c_str());
    return {(*layout_)[*number].offset};
  }

  // Calls `use(view)` with the newest generation, again and again until that was still whole at its end, and returns
  // what the last call returned. So `use` must bear being called twice, and return values, not views.
  template <typename Use>
  auto read(Use&& use) {
    for (;;) {
      refresh();
      auto result = use(static_cast<const SpaceView&>(view_));
      if (still_whole()) return result;
    }
  }

  // Of one row, if there is one: a copy that outlives the generation. Lifetime: until the next find().
  template <typename Key>
  space::Row find(const Key& key) {
    for (;;) {
      refresh();
      found_.assign(view_.find(key).bytes());
      if (still_whole()) return space::Row(*layout_, found_);
    }
  }

  std::uint64_t generation() {
    refresh();
    return view_.generation();
  }

 private:
  static constexpr std::size_t mapped_bytes = std::size_t{1} << 37;

  [[noreturn]] void fail(const char* what) const { throw std::runtime_error(path_ + " " + what); }

  const char* head(unsigned twin) const { return base_ + space::slot_offset(0, twin, page_bytes_); }

  void read_schema(std::uint64_t file_bytes) {
    if (file_bytes < space::schema_at) fail("is not a space file");
    page_bytes_ = space::get<std::uint32_t>(base_, space::page_bytes_at);
    if (!space::is_page_size(page_bytes_) || file_bytes < space::slot_offset(space::twin_group, 0, page_bytes_))
      fail("is not a space file");
    view_.page_bytes_ = page_bytes_;
    view_.base_ = base_;
    refresh();
    const char* page = head(view_.twin_);
    const auto length = space::get<std::uint32_t>(page, space::schema_length_at);
    if (space::get<std::uint16_t>(page, space::version_at) != space::version) fail("has a version not known here");
    if (length > page_bytes_ - space::schema_at - space::tail_bytes ||
        !space::decode(std::string_view(page + space::schema_at, length), schema_))
      fail("has a schema that cannot be read");
    layout_.emplace(schema_);
    view_.layout_ = &*layout_;
    view_.row_bytes_ = layout_->variables() == 0 ? layout_->least_bytes() : 0;
    view_.key_number_ = layout_->key_number();
  }

  // Turns to the newest complete generation. Cheap where it is the one that the view has.
  void refresh() {
    const auto other = generation_at(1 - view_.twin_);
    if (view_.generation_ != 0 && other < view_.generation_ && generation_at(view_.twin_) == view_.generation_) return;
    for (unsigned tries = 0; !take_newest(); ++tries)
      if (tries == most_tries) fail("has no complete generation");
  }

  std::uint64_t generation_at(unsigned twin) const {
    const auto& word = *reinterpret_cast<const std::uint64_t*>(head(twin) + page_bytes_ - 16);
    return std::atomic_ref<std::uint64_t>(const_cast<std::uint64_t&>(word)).load(std::memory_order_acquire);
  }

  bool take_newest() {
    std::uint64_t newest = 0;
    for (unsigned twin = 0; twin < 2; ++twin) {
      const std::string page(head(twin), page_bytes_);  // a copy: the owner may be writing it
      const auto generation = space::generation_of(page.data(), page_bytes_);
      if (generation <= newest || !space::is_whole(page.data(), page_bytes_) || !names_its_pages(page)) continue;
      newest = generation;
      take(page, twin);
    }
    if (newest != 0) view_.learn_index();
    return newest != 0;
  }

  // Whether the index is where pages are: nobody looks at that again.
  static bool names_its_pages(const std::string& page) {
    const auto end = std::uint64_t{space::get<std::uint32_t>(page.data(), space::index_first_at)} +
                     space::get<std::uint32_t>(page.data(), space::index_pages_at);
    return end <= std::uint64_t{space::get<std::uint32_t>(page.data(), space::highest_used_at)} + 1;
  }

  void take(const std::string& page, unsigned twin) {
    view_.twin_ = twin;
    view_.generation_ = space::generation_of(page.data(), page_bytes_);
    view_.rows_ = space::get<std::uint64_t>(page.data(), space::row_count_at);
    view_.highest_used_ = space::get<std::uint32_t>(page.data(), space::highest_used_at);
    view_.first_rows_ = space::get<std::uint32_t>(page.data(), space::next_at);
    view_.index_first_ = space::get<std::uint32_t>(page.data(), space::index_first_at);
    view_.index_pages_ = space::get<std::uint32_t>(page.data(), space::index_pages_at);
    choices_.resize(std::size_t{view_.highest_used_} + 1);
    view_.choices_ = choices_.data();
    seen_.assign(choices_.size(), nullptr);
    view_.seen_ = seen_.data();
  }

  bool still_whole() {
    std::atomic_thread_fence(std::memory_order_acquire);
    const bool damaged = std::exchange(view_.damaged_, false);
    const char* said = base_ + page_bytes_ - space::tail_bytes;
    for (;;) {
      const auto kept = load(said);
      if (load(said + 8) != ~kept) continue;
      if (kept > view_.generation_) return false;
      if (damaged) fail("is damaged: a page's checksum is wrong");
      return true;
    }
  }

  static std::uint64_t load(const char* at) {
    auto& word = const_cast<std::uint64_t&>(*reinterpret_cast<const std::uint64_t*>(at));
    return std::atomic_ref<std::uint64_t>(word).load(std::memory_order_acquire);
  }

  static constexpr unsigned most_tries = 1000;

  std::string path_;
  const char* base_ = nullptr;
  std::uint32_t page_bytes_ = 0;
  space::Schema schema_;
  std::optional<space::Layout> layout_;
  std::vector<SpaceView::Choice> choices_;
  std::vector<const char*> seen_;
  SpaceView view_;
  std::string found_;
};

}  // namespace laterbase::worktable
