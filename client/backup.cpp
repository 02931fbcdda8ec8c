#include "client/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "engine/base/clock.h"

namespace laterbase::client {
namespace {

[[noreturn]] void fail(int error, const std::string& file) {
  throw std::system_error(error, std::generic_category(), file);
}

// A file that is not there under its name until it is whole.
class PartFile {
 public:
  explicit PartFile(std::string name) : name_(std::move(name)), part_(name_ + ".part") {
    descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor_ < 0) fail(errno, part_);
  }
  ~PartFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!kept_) ::unlink(part_.c_str());
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) fail(errno, part_);
      if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  // Durable under its own name.
  void keep() {
    if (::fsync(descriptor_) != 0) fail(errno, part_);
    if (::rename(part_.c_str(), name_.c_str()) != 0) fail(errno, name_);
    kept_ = true;
    const std::string folder = std::filesystem::absolute(name_).parent_path();
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) fail(errno, folder);
    const int synced = ::fsync(directory), error = errno;
    ::close(directory);
    if (synced != 0) fail(error, folder);
  }

 private:
  std::string name_, part_;
  int descriptor_ = -1;
  bool kept_ = false;
};

// About how much is to come, or 0.
std::uint64_t expected_bytes(Session& session, const std::string& database) {
  const Request request{"GET", "/db/" + database, {{"Accept", "application/json"}}, {}};
  const auto info = nlohmann::json::parse(session.call(request).body, nullptr, false);
  const bool known = info.is_object() && info.contains("bytes") && info["bytes"].is_number_unsigned();
  return known ? info["bytes"].get<std::uint64_t>() : 0;
}

// Streams the copy; returns its length.
template <typename Write>
std::uint64_t stream(Session& session, const Console& console, const std::string& database, Write write) {
  Progress progress(console, expected_bytes(session, database));
  std::uint64_t bytes = 0;
  const Sink sink = [&](std::string_view part) {
    write(part);
    bytes += part.size();
    progress.show(bytes, human_bytes(bytes));
    return true;
  };
  const Request request{"POST", fmt::format("/db/{}/backup", database), {}, {}};
  session.call(request, sink);
  return bytes;
}

}  // namespace

void backup(Session& session, const Console& console, const std::string& database, const std::string& file,
            bool force) {
  if (file == "-") {
    stream(session, console, database, [&](std::string_view part) { console.out << part; });
    return;
  }
  if (!force && std::filesystem::exists(file)) fail(EEXIST, file + " (--force replaces it)");
  PartFile part(file);
  const std::int64_t start_us = system_clock().monotonic_us();
  const auto bytes = stream(session, console, database, [&](std::string_view chunk) { part.write(chunk); });
  part.keep();
  const double seconds = static_cast<double>(system_clock().monotonic_us() - start_us) / 1e6;
  if (console.out_is_terminal) {
    console.out << fmt::format("{} is a copy of {}: {} in {}.\n", file, database, human_bytes(bytes),
                               human_duration(seconds));
  } else {
    const nlohmann::ordered_json summary{{"file", file}, {"bytes", bytes}, {"seconds", seconds}};
    console.out << summary.dump() << '\n';
  }
}

}  // namespace laterbase::client
