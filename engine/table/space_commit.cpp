#include <algorithm>

#include "engine/base/invariant.h"
#include "engine/table/space_batch.h"

// The part of SpaceFile that writes a generation.
namespace laterbase::worktable {
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
  const auto number_of = layout_.key_number();
  auto at = space::rows_at;
  for (auto left = count; left > 0; --left) {
    const auto length = space::get<std::uint16_t>(image.data(), at);
    const space::Row row(layout_, BytesView(image).substr(at + 2, length));
    entries_.push_back({space::key_hash(layout_, row), number, static_cast<std::uint16_t>(at + 2), length});
    if (number_of) numbers_.push_back(row[*number_of]);
    at += 2 + length;
  }
}

// A page names its neighbours, so each is added once the number of the next is known.
void SpaceFile::write_rows(const RowSource& source, Batch& batch) {
  rows_ = sum_ = 0;
  entries_.clear();
  numbers_.clear();
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
