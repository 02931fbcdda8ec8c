#include <algorithm>

#include "engine/table/space_batch.h"

// The index of a space file: a hash table, or where keys are numbers close together, an array.
namespace laterbase::worktable {

void SpaceFile::write_index(Batch& batch) {
  if (schema_.key.empty()) return;
  if (const auto pages = pages_by_number(); pages > 0) {
    write_by_number(pages, batch);
    return;
  }
  for (size_by_hash(); !write_by_hash(batch);) move_index(index_pages_ + index_pages_ / 2 + 1);
}

// To a new place, since its pages stand one after the other.
void SpaceFile::move_index(std::uint32_t pages) {
  for (std::uint32_t page = 0; page < index_pages_; ++page) free_.push_back(index_first_ + page);
  index_pages_ = pages;
  index_first_ = highest_used_ + 1;
  highest_used_ += pages;
}

void SpaceFile::add_index_page(Batch& batch, space::PageType type, std::uint32_t page, std::string& image) {
  const auto number = index_first_ + page;
  batch.add(number, type, page == 0 ? 0 : number - 1, page + 1 == index_pages_ ? 0 : number + 1, image);
}

// How many pages an array of the keys takes; 0 where they are no numbers, or so far apart that a hash table is smaller.
std::uint32_t SpaceFile::pages_by_number() const {
  if (numbers_.empty()) return 0;
  const auto [least, greatest] = std::minmax_element(numbers_.begin(), numbers_.end());
  const std::uint64_t in_page = space::numbers_in(page_bytes_);
  const auto pages = *greatest / in_page - *least / in_page + 1;
  return *greatest <= space::greatest_number && pages <= 3 * numbers_.size() / in_page + 2
             ? static_cast<std::uint32_t>(pages)
             : 0;
}

void SpaceFile::write_by_number(std::uint32_t pages, Batch& batch) {
  if (index_pages_ < pages || index_pages_ > 4 * pages + 4) move_index(pages + pages / 4 + 1);
  const auto in_page = space::numbers_in(page_bytes_);
  std::vector<std::string> images(index_pages_, std::string(page_bytes_, '\0'));
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    const auto page = numbers_[i] / in_page;
    auto* image = images[page % index_pages_].data();
    space::put(image, space::count_at,
               static_cast<std::uint16_t>(space::get<std::uint16_t>(image, space::count_at) + 1));
    space::put(image, space::first_number_at, page * in_page);
    const space::NumberEntry entry{entries_[i].page, entries_[i].offset, entries_[i].length};
    space::put(image, space::slots_at + static_cast<std::uint32_t>(numbers_[i] % in_page) * space::number_bytes, entry);
  }
  for (std::uint32_t page = 0; page < index_pages_; ++page)
    add_index_page(batch, space::PageType::numbers, page, images[page]);
}

// Between a fifth and four fifths full, the hash table keeps its pages: few of them change with few rows.
void SpaceFile::size_by_hash() {
  const auto slots = std::uint64_t{index_pages_} * space::slots_in(page_bytes_);
  const auto count = entries_.size();
  if (index_pages_ > 0 && count * 5 <= slots * 4 && (count * 5 >= slots || index_pages_ == 1)) return;
  move_index(static_cast<std::uint32_t>(count * 5 / 3 / space::slots_in(page_bytes_) + 1));
}

// False: more rows fall to one page than it has slots.
bool SpaceFile::write_by_hash(Batch& batch) {
  const auto slots = space::slots_in(page_bytes_);
  std::vector<std::uint32_t> ends(index_pages_ + 1);
  for (const auto& entry : entries_) ++ends[space::index_page_of(entry.hash, index_pages_) + 1];
  if (*std::max_element(ends.begin(), ends.end()) >= slots) return false;
  for (std::uint32_t page = 0; page < index_pages_; ++page) ends[page + 1] += ends[page];
  std::vector<space::IndexEntry> sorted(entries_.size());
  auto next = ends;
  for (const auto& entry : entries_) sorted[next[space::index_page_of(entry.hash, index_pages_)]++] = entry;
  std::string image;
  for (std::uint32_t page = 0; page < index_pages_; ++page) {
    image.assign(page_bytes_, '\0');
    space::put(image.data(), space::count_at, static_cast<std::uint16_t>(ends[page + 1] - ends[page]));
    for (auto i = ends[page]; i < ends[page + 1]; ++i) {
      auto slot = space::first_slot_of(sorted[i].hash, slots);
      while (space::entry_at(image.data(), slot).page != 0) slot = slot + 1 == slots ? 0 : slot + 1;
      space::put(image.data(), space::slots_at + slot * space::slot_bytes, sorted[i]);
    }
    add_index_page(batch, space::PageType::index, page, image);
  }
  return true;
}

}  // namespace laterbase::worktable
