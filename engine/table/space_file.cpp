#include "engine/table/space_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "engine/base/invariant.h"

namespace laterbase::worktable {
namespace {

// More generations than this were never lost in a row: the number is damage.
constexpr std::uint64_t most_lost_generations = std::uint64_t{1} << 32;

std::string directory_of(const std::string& path) {
  const auto directory = std::filesystem::path(path).parent_path().string();
  return directory.empty() ? "." : directory;
}

Error refused(const std::string& path, const std::string& what) {
  return {ErrorCode::invalid, fmt::format("{} {}", path, what)};
}

}  // namespace

SpaceFile::SpaceFile(Disk& disk, std::string path, space::Schema schema)
    : path_(std::move(path)), schema_(std::move(schema)), layout_(schema_), schema_bytes_(space::encode(schema_)) {
  if (disk.exists(path_)) file_ = disk.open(path_, false);
}

SpaceFile::~SpaceFile() = default;

Result<std::unique_ptr<SpaceFile>> SpaceFile::open(Disk& disk, const std::string& path, const space::Schema& schema,
                                                   const SpaceOptions& options) {
  SpaceLock lock;
  if (&disk == &real_disk()) {
    auto taken = SpaceLock::take(path);
    if (!taken) return taken.error();
    lock = std::move(*taken);
  }
  std::unique_ptr<SpaceFile> space(new SpaceFile(disk, path, schema));
  space->lock_ = std::move(lock);
  if (!space::is_page_size(options.page_bytes))
    return refused(path,
                   fmt::format("can't have pages of {} bytes: a power of two from 4096 to 65536", options.page_bytes));
  if (space->schema_bytes_.size() > options.page_bytes - space::schema_at - space::tail_bytes)
    return refused(path, "can't be made: the schema doesn't fit its first page");
  if (space->file_ == nullptr) space->create(disk, options);
  if (auto good = space->read_head(); !good) return good.error();
  space->file_->sync();  // a former owner may have ended between a page 0 and its sync, and we build on that page 0
  space->read_slots();
  space->check_pages();
  space->free_pages();
  if (options.ring && &disk == &real_disk()) space->writer_ = make_ring_writer(path);
  if (space->writer_ == nullptr) space->writer_ = make_plain_writer(*space->file_);
  return space;
}

// Under another name first: a file of this name always has a complete generation.
void SpaceFile::create(Disk& disk, const SpaceOptions& options) {
  page_bytes_ = options.page_bytes;
  std::string page(page_bytes_, '\0');
  space::put(page.data(), space::type_at, space::PageType::space);
  space::put(page.data(), space::space_id_at, options.space_id);
  space::put(page.data(), space::own_id_at, options.space_id);
  space::put(page.data(), space::highest_allocated_at, space::twin_group - 1);
  space::put(page.data(), space::page_bytes_at, page_bytes_);
  space::put(page.data(), space::version_at, space::version);
  space::put(page.data(), space::schema_length_at, static_cast<std::uint32_t>(schema_bytes_.size()));
  schema_bytes_.copy(page.data() + space::schema_at, schema_bytes_.size());
  space::seal(page.data(), page_bytes_, space::body_hash(page.data(), page_bytes_), 1);
  space::put(page.data(), page_bytes_ - 32, std::uint64_t{1});
  space::put(page.data(), page_bytes_ - 24, ~std::uint64_t{1});

  const auto unfinished = path_ + ".new";
  disk.remove(unfinished);
  file_ = disk.open(unfinished, true);
  file_->write_at(0, page);
  // So that no commit's page 0 has to find room, which a sync would have to make durable too.
  file_->write_at(space::slot_offset(0, 1, page_bytes_), std::string(page_bytes_, '\0'));
  file_->truncate(space::slot_offset(space::twin_group, 0, page_bytes_));
  file_->sync();
  disk.rename(unfinished, path_);
  disk.sync_directory(directory_of(path_));
}

std::string SpaceFile::read_slot(std::uint32_t page, unsigned twin) {
  std::string bytes(page_bytes_, '\0');
  file_->read_at(space::slot_offset(page, twin, page_bytes_), bytes.data(), bytes.size());
  return bytes;
}

Result<void> SpaceFile::read_head() {
  char size[sizeof page_bytes_] = {};
  file_->read_at(space::page_bytes_at, size, sizeof size);
  page_bytes_ = load_le<std::uint32_t>(size);
  if (!space::is_page_size(page_bytes_)) return refused(path_, "is not a space file");
  std::string head;
  states_.assign(1, {});
  for (std::uint8_t twin = 0; twin < 2; ++twin) {
    const auto page = read_slot(0, twin);
    greatest_seen_ = std::max(greatest_seen_, space::generation_of(page.data(), page_bytes_));
    if (!space::is_whole(page.data(), page_bytes_)) continue;
    if (space::generation_of(page.data(), page_bytes_) <= generation_) continue;
    generation_ = space::generation_of(page.data(), page_bytes_);
    states_[0].twin = twin;
    head = page;
  }
  if (head.empty()) return refused(path_, "is not a space file, or damaged: neither of its first pages is whole");
  if (auto good = check_head(head); !good) return good;
  space_id_ = space::get<std::uint32_t>(head.data(), space::own_id_at);
  rows_ = space::get<std::uint64_t>(head.data(), space::row_count_at);
  sum_ = space::get<std::uint64_t>(head.data(), space::sum_at);
  highest_used_ = space::get<std::uint32_t>(head.data(), space::highest_used_at);
  first_rows_ = space::get<std::uint32_t>(head.data(), space::next_at);
  index_first_ = space::get<std::uint32_t>(head.data(), space::index_first_at);
  index_pages_ = space::get<std::uint32_t>(head.data(), space::index_pages_at);
  return {};
}

Result<void> SpaceFile::check_head(const std::string& page) const {
  if (space::get<space::PageType>(page.data(), space::type_at) != space::PageType::space)
    return refused(path_, "is not a space file");
  const auto version = space::get<std::uint16_t>(page.data(), space::version_at);
  if (version != space::version)
    return refused(path_, fmt::format("has version {} of the format, not {}", version, space::version));
  const auto length = space::get<std::uint32_t>(page.data(), space::schema_length_at);
  space::Schema schema;
  if (length > page_bytes_ - space::schema_at - space::tail_bytes ||
      !space::decode(BytesView(page).substr(space::schema_at, length), schema))
    return refused(path_, "has a schema that can't be read");
  if (schema == schema_) return {};
  return refused(path_, "holds another table: " + space::difference(schema, schema_));
}

void SpaceFile::read_slots() {
  const auto groups = file_->size() / (std::uint64_t{2} * space::twin_group * page_bytes_);
  const auto pages = std::max<std::uint64_t>(highest_used_ + 1, groups * space::twin_group);
  states_.resize(pages);
  for (std::uint32_t page = 1; page < pages; ++page) {
    std::array<std::uint64_t, 2> generations{};
    for (unsigned twin = 0; twin < 2; ++twin) {
      file_->read_at(space::slot_offset(page, twin, page_bytes_) + page_bytes_ - 16,
                     reinterpret_cast<char*>(&generations[twin]), sizeof generations[twin]);
      greatest_seen_ = std::max(greatest_seen_, generations[twin]);
    }
    // A page never written counts as one whose second slot is current: its first is written next.
    const auto past = [&](std::uint64_t written) { return written <= generation_ ? written : 0; };
    const bool second = past(generations[1]) >= past(generations[0]);
    states_[page].twin = second ? 1 : 0;
    states_[page].generation = generations[second ? 1 : 0];
    // A slot of a generation that was never completed has to be replaced before that number is passed.
    states_[page].body = std::max(generations[0], generations[1]) > generation_ ? 0 : 1;
  }
  if (greatest_seen_ - generation_ > most_lost_generations)
    throw Failure(FailureCode::damaged, path_ + ": a page is of a generation that can't have been");
}

// The newer slot is not whole where a write of it was cut off within its generation's number. That the older one is not
// simply out of date is for the sum of all checksums to say.
bool SpaceFile::choose_slot(std::uint32_t page, std::string& bytes) {
  auto& state = states_[page];
  for (int slot = 0; slot < 2; ++slot, state.twin ^= 1) {
    bytes = read_slot(page, state.twin);
    const auto generation = space::generation_of(bytes.data(), page_bytes_);
    if (generation > generation_ || !space::is_whole(bytes.data(), page_bytes_)) continue;
    if (slot == 1) state = {0, generation, state.twin};
    return true;
  }
  return false;
}

std::string SpaceFile::read_page(std::uint32_t page, std::initializer_list<space::PageType> types) {
  const auto fail = [&](const char* what) {
    throw Failure(FailureCode::damaged, fmt::format("{}: page {} {}", path_, page, what));
  };
  if (page == 0 || page > highest_used_) fail("is named by another, and isn't there");
  std::string bytes;
  if (!choose_slot(page, bytes)) fail("is damaged: its checksum is wrong");
  if (space::get<std::uint32_t>(bytes.data(), space::number_at) != page) fail("holds another page");
  const auto type = space::get<space::PageType>(bytes.data(), space::type_at);
  if (std::find(types.begin(), types.end(), type) == types.end()) fail("is not of the type it should be");
  if (space::get<std::uint32_t>(bytes.data(), space::space_id_at) != space_id_) fail("is another space's");
  return bytes;
}

template <typename EachRow>
void SpaceFile::each_row_of(const std::string& page, EachRow&& each) const {
  auto at = space::rows_at;
  for (auto left = space::get<std::uint16_t>(page.data(), space::count_at); left > 0; --left) {
    const auto room = page_bytes_ - space::tail_bytes;
    const auto length = at + 2 <= room ? space::get<std::uint16_t>(page.data(), at) : room;
    const auto row = at + 2 + length <= room ? BytesView(page).substr(at + 2, length) : BytesView();
    if (row.empty() || !space::Row::fits(layout_, row))
      throw Failure(FailureCode::damaged, fmt::format("{}: page {} holds a row that doesn't fit the schema", path_,
                                                      space::get<std::uint32_t>(page.data(), space::number_at)));
    each(row);
    at += 2 + length;
  }
}

void SpaceFile::check_pages() {
  std::uint64_t rows = 0;
  std::uint64_t sum = 0;
  std::uint32_t pages = 0;
  const auto note = [&](std::uint32_t number, const std::string& page) {
    sum += space::get<std::uint64_t>(page.data(), page_bytes_ - 8);
    if (states_[number].body != 0) states_[number].body = space::body_hash(page.data(), page_bytes_);
  };
  for (auto number = first_rows_; number != 0;) {
    const auto page = read_page(number, {space::PageType::rows});
    each_row_of(page, [&](BytesView) { ++rows; });
    note(number, page);
    number = space::get<std::uint32_t>(page.data(), space::next_at);
    if (++pages > highest_used_) throw Failure(FailureCode::damaged, path_ + ": its pages go in a circle");
  }
  if (rows != rows_)
    throw Failure(FailureCode::damaged, fmt::format("{}: {} rows are there, {} should be", path_, rows, rows_));
  for (auto number = index_first_; number < index_first_ + index_pages_; ++number)
    note(number, read_page(number, {space::PageType::index, space::PageType::numbers}));
  if (sum != sum_) throw Failure(FailureCode::damaged, path_ + ": some of its pages are older than the others");
}

// The next commit gives pages their numbers anew, the smallest first; those of equal content are not written again.
void SpaceFile::free_pages() {
  for (auto page = highest_used_; page > 0; --page)
    if (page < index_first_ || page >= index_first_ + index_pages_) free_.push_back(page);
}

void SpaceFile::load(const std::function<void(BytesView row)>& row) {
  for (auto number = first_rows_; number != 0;) {
    const auto page = read_page(number, {space::PageType::rows});
    each_row_of(page, row);
    number = space::get<std::uint32_t>(page.data(), space::next_at);
  }
}

}  // namespace laterbase::worktable
