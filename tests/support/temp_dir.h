#pragma once

#include <filesystem>
#include <string>

// A directory of its own below the system's temporary one, removed with all that is in it.
// Throws std::filesystem::filesystem_error.
namespace laterbase::tests {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path() const { return path_.string(); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace laterbase::tests
