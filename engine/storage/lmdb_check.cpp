#include "engine/storage/lmdb_check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "engine/storage/lmdb_format.h"
#include "engine/storage/lmdb_place.h"
#include "engine/storage/lmdb_walk.h"

namespace laterbase {
namespace {

using lmdb_format::Meta;

constexpr std::uint64_t least_page_bytes = 512;
constexpr std::uint64_t most_page_bytes = 32768;
constexpr std::uint64_t most_bytes_of_new = 64 << 10;

struct MetaPages {
  std::array<std::vector<char>, 2> bytes;
  std::size_t newer = 0;
  Meta page(std::size_t index) const { return Meta{bytes[index].data()}; }
  std::uint64_t page_bytes() const { return page(0).free_pages().pad; }
};

void require(bool condition, const std::string& what) {
  if (!condition) throw Failure(FailureCode::damaged, what);
}

void require_meta(const Meta& meta, std::size_t number) {
  require(meta.magic() == lmdb_format::file_magic, fmt::format("page {} is no LMDB meta page", number));
  require(meta.version() == lmdb_format::file_version, fmt::format("page {} is of another version of LMDB", number));
  const lmdb_format::Page page{meta.at};
  require(page.number() == number && page.flags() == lmdb_format::meta_page,
          fmt::format("page {} is no LMDB meta page", number));
}

std::vector<char> read_meta_page(File& data, std::uint64_t offset) {
  std::vector<char> bytes(lmdb_format::meta_bytes);
  require(data.read_at(offset, bytes.data(), bytes.size()) == bytes.size(), "the file ends before its meta pages do");
  return bytes;
}

// A transaction writes the page of its own parity, so the two are always one apart, save in a new file.
void choose_newer(MetaPages& pages) {
  const std::uint64_t even = pages.page(0).transaction(), odd = pages.page(1).transaction();
  pages.newer = odd > even ? 1 : 0;
  if (even == 0 && odd == 0) return;
  const bool in_turn = even % 2 == 0 && odd % 2 == 1 && (even + 1 == odd || odd + 1 == even);
  require(in_turn, fmt::format("the meta pages are of transactions {} and {}, which don't follow", even, odd));
}

MetaPages read_meta_pages(File& data) {
  MetaPages pages;
  pages.bytes[0] = read_meta_page(data, 0);
  require_meta(pages.page(0), 0);
  const std::uint64_t page_bytes = pages.page_bytes();
  const bool power_of_two = (page_bytes & (page_bytes - 1)) == 0;
  require(page_bytes >= least_page_bytes && page_bytes <= most_page_bytes && power_of_two,
          fmt::format("page 0 gives a page size of {}", page_bytes));
  pages.bytes[1] = read_meta_page(data, page_bytes);
  require_meta(pages.page(1), 1);
  require(pages.page(1).free_pages().pad == page_bytes, "the meta pages give different page sizes");
  choose_newer(pages);
  const std::uint64_t last_page = pages.page(pages.newer).last_page();
  require(last_page >= 1 && last_page < (std::uint64_t{1} << 48) / page_bytes,
          fmt::format("page {} gives {} as the last page", pages.newer, last_page));
  return pages;
}

LmdbMeta meta_of(const MetaPages& pages) {
  const Meta newer = pages.page(pages.newer);
  return {pages.page_bytes(), newer.last_page(), newer.transaction()};
}

// Not written yet, or written before the first transaction.
bool is_meta_of_new(File& data, std::uint64_t offset) {
  std::vector<char> bytes(lmdb_format::meta_bytes);
  data.read_at(offset, bytes.data(), bytes.size());
  if (std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; })) return true;
  return Meta{bytes.data()}.magic() == lmdb_format::file_magic && Meta{bytes.data()}.transaction() == 0;
}

template <typename Work>
auto damage_as_error(Work&& work) -> Result<decltype(work())> {
  try {
    return work();
  } catch (const Failure& failure) {
    if (failure.code() != FailureCode::damaged) throw;
    return Error{ErrorCode::invalid, failure.what()};
  }
}

}  // namespace

Result<LmdbMeta> read_lmdb_meta(File& data) {
  return damage_as_error([&] { return meta_of(read_meta_pages(data)); });
}

Result<void> check_lmdb_pages(File& data) {
  const auto checked = damage_as_error([&] {
    const MetaPages pages = read_meta_pages(data);
    LmdbWalk walk(data, meta_of(pages));
    walk.run(pages.page(pages.newer).free_pages(), pages.page(pages.newer).main());
    return true;
  });
  if (!checked) return checked.error();
  return {};
}

Result<void> verify_lmdb_file(const std::string& directory) {
  try {
    LmdbPlace place(directory, true);
    auto checked = check_lmdb_pages(*real_disk().open(place.data_path(), false));
    if (checked) place.mark_clean();
    return checked;
  } catch (const Failure& failure) {
    if (failure.code() == FailureCode::damaged) return Error{ErrorCode::invalid, failure.what()};
    if (failure.code() == FailureCode::closed) return Error{ErrorCode::unavailable, failure.what()};
    throw;
  }
}

bool is_unfinished_lmdb_file(File& data) {
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t size = data.size();
  return size % page_bytes == 0 && size <= most_bytes_of_new && is_meta_of_new(data, 0) &&
         is_meta_of_new(data, page_bytes);
}

}  // namespace laterbase
