#include "engine/events/backup.h"

#include <fmt/format.h>

#include <filesystem>

#include "engine/base/clock.h"
#include "engine/events/data_directory.h"
#include "engine/events/roots.h"
#include "engine/events/tree.h"
#include "engine/storage/disk.h"
#include "engine/storage/lmdb_storage.h"

namespace laterbase {
namespace {

namespace fs = std::filesystem;

void copy_durably(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::copy_file(from, to, error);
  if (error) throw Failure(FailureCode::io, fmt::format("{} can't be copied: {}", from, error.message()));
  real_disk().open(to, false)->sync();
}

}  // namespace

CheckReport verify_root(const std::string& root_directory) {
  LmdbOptions options;
  options.must_exist = true;
  options.check_bytes = UINT64_MAX;
  const auto storage = open_lmdb_storage(root_directory, tree_tables(), options);
  return check_tree(*storage->read(), [](Lc) { return true; });
}

Result<CheckReport> restore_root(const std::string& directory, const std::string& name,
                                 const std::string& backup_file) {
  if (!valid_root_name(name)) return Error{ErrorCode::invalid, fmt::format("\"{}\" can't be a database's name", name)};
  if (!fs::is_regular_file(backup_file))
    return Error{ErrorCode::not_found, fmt::format("there is no backup file {}", backup_file)};
  DataDirectory data(directory, system_clock());
  if (data.has(name))
    return Error{
        ErrorCode::conflict,
        fmt::format("{} has a database \"{}\" already; drop it first, or restore under another name", directory, name)};
  const std::string path = data.make_new(name);
  copy_durably(backup_file, path + "/data.mdb");
  CheckReport report;
  try {
    report = verify_root(path);
  } catch (const Failure& failure) {
    if (failure.code() != FailureCode::damaged) throw;
    return Error{ErrorCode::invalid, fmt::format("{} is no whole backup: {}", backup_file, failure.what())};
  }
  data.adopt(name);
  return report;
}

}  // namespace laterbase
