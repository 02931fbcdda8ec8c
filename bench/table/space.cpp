#include "bench/table/space.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "bench/table/measure.h"
#include "bench/table/work_table.h"
#include "engine/table/space_reader.h"
#include "engine/table/table_space.h"

namespace laterbase::bench {
namespace {

using namespace worktable;

constexpr std::uint64_t reads = 2'000'000;

std::vector<std::uint64_t> random_ids(std::uint64_t rows) {
  Random random(rows + 1);
  std::vector<std::uint64_t> ids(reads);
  for (auto& id : ids) id = 1 + random.below(rows);
  return ids;
}

double read_from(const std::string& path, const std::vector<std::uint64_t>& ids) {
  SpaceReader reader(path);
  const auto bid = reader.field<double>("bid");
  const auto at = reader.field<std::uint64_t>("at");
  double sum = 0;
  // As a program would: some rows of one generation at a time.
  constexpr std::size_t block = 100;
  const auto sum_of = [&](const SpaceView& view, std::size_t from) {
    double part = 0;
    for (auto i = from; i < std::min(from + block, ids.size()); ++i) {
      const auto row = view.find(ids[i]);
      if (row) part += row[bid] + number_of(row[at]);
    }
    return part;
  };
  const auto pass = [&] {
    for (std::size_t i = 0; i < ids.size(); i += block)
      sum += reader.read([&](const SpaceView& view) { return sum_of(view, i); });
  };
  pass();  // the mapping's pages come in
  const auto figure = processor_nanoseconds(ids.size(), pass);
  sink = sum;
  return figure;
}

double read_in_another_process(const std::string& path, const std::vector<std::uint64_t>& ids) {
  int answer[2];
  if (::pipe(answer) != 0) throw std::runtime_error("no pipe");
  const auto child = ::fork();
  if (child == 0) {
    const auto figure = read_from(path, ids);
    const bool sent = ::write(answer[1], &figure, sizeof figure) == sizeof figure;
    ::_exit(sent ? 0 : 1);
  }
  double figure = 0;
  const bool got = ::read(answer[0], &figure, sizeof figure) == sizeof figure;
  ::waitpid(child, nullptr, 0);
  ::close(answer[0]);
  ::close(answer[1]);
  if (!got) throw std::runtime_error("the other process did not answer");
  return figure;
}

double plain_write(const std::string& path, std::uint64_t bytes) {
  const std::string block(std::size_t{1} << 20, 'p');
  real_disk().remove(path);
  const auto file = real_disk().open(path, true);
  return 1e-9 * nanoseconds(1, [&] {
           for (std::uint64_t at = 0; at < bytes; at += block.size())
             file->write_at(at, BytesView(block).substr(0, bytes - at));
           file->sync();
         });
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

SpaceFigures measure_space(std::uint64_t rows, const std::string& directory) {
  const auto path = directory + "/prices.space";
  const auto plain = directory + "/plain";
  WorkTable table;
  Random random(rows);
  for (const auto id : shuffled_ids(rows, random)) table.insert(random_price(id, random));
  SpaceFigures figures;
  std::vector<double> saves, plains;
  for (int turn = 0; turn < 5; ++turn) {
    real_disk().remove(path);
    Prices empty;
    const auto file = *open_space(real_disk(), path, empty.rows());
    figures.writer = file->writer_name();
    CommitReport report;
    saves.push_back(1e-9 * nanoseconds(1, [&] { report = save(table.prices().rows(), *file); }));
    figures.bytes = static_cast<double>(report.pages_written * file->page_bytes());
    plains.push_back(plain_write(plain, static_cast<std::uint64_t>(figures.bytes)));
  }
  figures.save_seconds = median(saves);
  figures.plain_seconds = median(plains);
  Prices loaded;
  figures.load_seconds = 1e-9 * nanoseconds(1, [&] { (void)open_space(real_disk(), path, loaded.rows()); });
  const auto ids = random_ids(rows);
  double sum = 0;
  figures.owner_read = processor_nanoseconds(ids.size(), [&] {
    for (const auto id : ids) sum += table.read(id);
  });
  sink = sum;
  figures.other_read = read_in_another_process(path, ids);
  real_disk().remove(path);
  real_disk().remove(plain);
  return figures;
}

}  // namespace laterbase::bench
