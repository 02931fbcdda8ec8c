#include <algorithm>

#include "engine/base/invariant.h"
#include "engine/table/space_file.h"

// The part of SpaceFile that writes a generation.
namespace laterbase::worktable {
namespace {

constexpr std::size_t batch_bytes = std::size_t{4} << 20;

}  // namespace

// Gathers the pages that changed, neighbours as one block, and writes them some megabytes at a time.
class SpaceFile::Batch {
 public:
  Batch(SpaceFile& space, std::uint64_t generation) : space_(space), generation_(generation) {
    report.generation = generation;
    bytes_.reserve(batch_bytes + space.page_bytes_);
  }

  void add(std::uint32_t number, space::PageType type, std::uint32_t previous, std::uint32_t next, std::string& image) {
    space::put(image.data(), space::number_at, number);
    space::put(image.data(), space::previous_at, previous);
    space::put(image.data(), space::next_at, next);
    space::put(image.data(), space::type_at, type);
    space::put(image.data(), space::space_id_at, space_.space_id_);
    ++report.pages;
    auto& state = space_.state(number);
    const auto body = space::body_hash(image.data(), space_.page_bytes_);
    const bool changed = state.body != body;
    if (changed) state = {body, generation_, static_cast<std::uint8_t>(1 - state.twin)};
    space_.sum_ += space::checksum(body, state.generation);
    if (!changed) return;
    ++report.pages_written;
    space::seal(image.data(), space_.page_bytes_, body, generation_);
    append(space::slot_offset(number, state.twin, space_.page_bytes_), image);
  }

  void flush() {
    std::vector<Block> blocks;
    std::size_t from = 0;
    for (const auto& run : runs_) {
      blocks.push_back({run.offset, BytesView(bytes_).substr(from, run.length)});
      from += run.length;
    }
    space_.writer_->write(blocks);
    runs_.clear();
    bytes_.clear();
  }

  CommitReport report;

 private:
  struct Run {
    std::uint64_t offset;
    std::size_t length;
  };

  void append(std::uint64_t offset, const std::string& image) {
    if (!runs_.empty() && runs_.back().offset + runs_.back().length == offset)
      runs_.back().length += image.size();
    else
      runs_.push_back({offset, image.size()});
    bytes_ += image;
    if (bytes_.size() >= batch_bytes) flush();
  }

  SpaceFile& space_;
  std::uint64_t generation_;
  std::string bytes_;
  std::vector<Run> runs_;
};

CommitReport SpaceFile::commit(const RowSource& source) {
  if (failed_) throw Failure(FailureCode::closed, path_ + " refuses work after a failed commit: open it again");
  failed_ = true;
  Batch batch(*this, std::max(generation_, greatest_seen_) + 1);
  say_kept();
  write_rows(source, batch);
  write_index(batch);
  file_->truncate(space::slot_offset((highest_used_ / space::twin_group + 1) * space::twin_group, 0, page_bytes_));
  batch.flush();
  file_->sync();
  write_head(batch);
  batch.flush();
  file_->sync();
  generation_ = greatest_seen_ = batch.report.generation;
  batch.report.rows = rows_;
  failed_ = false;
  return batch.report;
}

SpaceFile::PageState& SpaceFile::state(std::uint32_t page) {
  if (page >= states_.size()) states_.resize(page + 1);
  return states_[page];
}

// Before the first write: from now on only pages of the last generation are sure to be in place.
void SpaceFile::say_kept() {
  char words[16];
  store_le(words, generation_);
  store_le(words + 8, ~generation_);
  file_->write_at(page_bytes_ - space::tail_bytes, BytesView(words, sizeof words));
}

std::uint32_t SpaceFile::take_page() {
  if (free_.empty()) return ++highest_used_;
  const auto page = free_.back();
  free_.pop_back();
  return page;
}

std::uint32_t SpaceFile::number_for(std::uint32_t source_page) {
  auto& number = page_of_source_[source_page];
  if (number == 0) number = take_page();
  return number;
}

void SpaceFile::give_up(std::uint32_t source_page) {
  auto& number = page_of_source_[source_page];
  if (number != 0) free_.push_back(number);
  number = 0;
}

void SpaceFile::fill(const RowSource& source, std::uint32_t page, std::string& image) {
  image.assign(page_bytes_, '\0');
  auto at = space::rows_at;
  std::uint16_t count = 0;
  source.each_row(page, [&](BytesView row) {
    LATERBASE_INVARIANT(at + 2 + row.size() <= page_bytes_ - space::tail_bytes, "a page's rows fit a page of the file");
    space::put(image.data(), at, static_cast<std::uint16_t>(row.size()));
    row.copy(image.data() + at + 2, row.size());
    at += 2 + static_cast<std::uint32_t>(row.size());
    ++count;
  });
  space::put(image.data(), space::count_at, count);
}

// Notes a page's rows for the index.
void SpaceFile::enter(const std::string& image, std::uint32_t number) {
  const auto count = space::get<std::uint16_t>(image.data(), space::count_at);
  rows_ += count;
  if (schema_.key.empty()) return;
  auto at = space::rows_at;
  for (auto left = count; left > 0; --left) {
    const auto length = space::get<std::uint16_t>(image.data(), at);
    const space::Row row(layout_, BytesView(image).substr(at + 2, length));
    entries_.push_back({space::key_hash(layout_, row), number, static_cast<std::uint16_t>(at + 2), length});
    at += 2 + length;
  }
}

// A page names its neighbours, so each is added once the number of the next is known.
void SpaceFile::write_rows(const RowSource& source, Batch& batch) {
  rows_ = sum_ = 0;
  entries_.clear();
  first_rows_ = 0;
  std::string image, last_image;
  std::uint32_t last = 0, before_last = 0;
  const auto pages = source.page_count();
  for (auto gone = pages; gone < page_of_source_.size(); ++gone) give_up(gone);
  page_of_source_.resize(pages);
  for (std::uint32_t page = 0; page < pages; ++page) {
    fill(source, page, image);
    if (space::get<std::uint16_t>(image.data(), space::count_at) == 0) {
      give_up(page);
      continue;
    }
    const auto number = number_for(page);
    enter(image, number);
    if (last == 0)
      first_rows_ = number;
    else
      batch.add(last, space::PageType::rows, before_last, number, last_image);
    before_last = last;
    last = number;
    last_image.swap(image);
  }
  if (last != 0) batch.add(last, space::PageType::rows, before_last, 0, last_image);
}

// Between a fifth and four fifths full, the index keeps its pages: few of them change with few rows.
void SpaceFile::size_index() {
  const auto slots = std::uint64_t{index_pages_} * space::slots_in(page_bytes_);
  const auto count = entries_.size();
  if (index_pages_ > 0 && count * 5 <= slots * 4 && (count * 5 >= slots || index_pages_ == 1)) return;
  for (std::uint32_t page = 0; page < index_pages_; ++page) free_.push_back(index_first_ + page);
  index_pages_ = static_cast<std::uint32_t>(count * 5 / 3 / space::slots_in(page_bytes_) + 1);
  index_first_ = highest_used_ + 1;
  highest_used_ += index_pages_;
}

void SpaceFile::write_index(Batch& batch) {
  if (schema_.key.empty()) return;
  for (size_index(); !write_index_pages(batch);) {
    for (std::uint32_t page = 0; page < index_pages_; ++page) free_.push_back(index_first_ + page);
    index_first_ = highest_used_ + 1;
    index_pages_ += index_pages_ / 2 + 1;
    highest_used_ += index_pages_;
  }
}

// False: more rows fall to one page than it has slots.
bool SpaceFile::write_index_pages(Batch& batch) {
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
    const auto number = index_first_ + page;
    batch.add(number, space::PageType::index, page == 0 ? 0 : number - 1, page + 1 == index_pages_ ? 0 : number + 1,
              image);
  }
  return true;
}

void SpaceFile::write_head(Batch& batch) {
  std::string image(page_bytes_, '\0');
  space::put(image.data(), space::own_id_at, space_id_);
  space::put(image.data(), space::highest_used_at, highest_used_);
  space::put(image.data(), space::highest_allocated_at,
             highest_used_ / space::twin_group * space::twin_group + space::twin_group - 1);
  space::put(image.data(), space::page_bytes_at, page_bytes_);
  space::put(image.data(), space::version_at, space::version);
  space::put(image.data(), space::row_count_at, rows_);
  space::put(image.data(), space::index_first_at, index_first_);
  space::put(image.data(), space::index_pages_at, index_pages_);
  space::put(image.data(), space::sum_at, sum_);
  space::put(image.data(), space::schema_length_at, static_cast<std::uint32_t>(schema_bytes_.size()));
  schema_bytes_.copy(image.data() + space::schema_at, schema_bytes_.size());
  if (state(0).twin == 1) {  // then it goes to the first slot: what was said there stays said
    space::put(image.data(), page_bytes_ - 32, generation_);
    space::put(image.data(), page_bytes_ - 24, ~generation_);
  }
  state(0).body = 0;  // written even where nothing in it changed
  batch.add(0, space::PageType::space, 0, first_rows_, image);
}

}  // namespace laterbase::worktable
