#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/events/ulid.h"
#include "engine/folds/reducer.h"
#include "server/laterbase_plugin.h"

// One version of a plug-in's file in this process.
namespace laterbase::plugins {

// The file's bytes in memory, by a descriptor: what is tried and what is loaded are the same bytes, and nobody can
// change them under the code that runs.
class Image {
 public:
  static Result<std::shared_ptr<Image>> of(const std::string& file);
  ~Image();
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  std::string path() const;  // that leads to it, in this process and its children
  int descriptor() const noexcept { return descriptor_; }
  std::uint64_t hash() const noexcept { return hash_; }

 private:
  Image(int descriptor, std::uint64_t hash) : descriptor_(descriptor), hash_(hash) {}
  int descriptor_;
  std::uint64_t hash_;
};

class Module {
 public:
  // Errors: as try_out(), which comes first.
  static Result<std::shared_ptr<Module>> load(std::shared_ptr<Image> image);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  const laterbase_plugin& plugin() const noexcept { return *plugin_; }
  std::uint64_t hash() const noexcept { return image_->hash(); }

 private:
  Module(std::shared_ptr<Image> image, void* handle, const laterbase_plugin* plugin)
      : image_(std::move(image)), handle_(handle), plugin_(plugin) {}

  std::shared_ptr<Image> image_;
  void* handle_;
  const laterbase_plugin* plugin_;
};

// Loads it in a child process and calls each of its functions that needs no event. Gives the databases that its folds
// are of, or what went wrong there, in words: it can't be loaded, lacks its entry, has another ABI, has names that
// can't be, ends with a signal, takes too long.
Result<std::set<std::string>> try_out(const std::shared_ptr<Image>& image);

// Events of a database, in the order in which they came.
struct TrialEvents {
  struct One {
    Ulid key;
    bool is_json = false;
    std::string value;
  };
  std::vector<One> events;
};

// Folds those events, by database, in a child process: as they came and once more the other way round, with states that
// are saved and loaded in between. Gives what ended the child; what its code throws breaks a fold and nothing else, and
// is no reason. After a few seconds it is enough.
Result<void> try_with_events(const std::shared_ptr<Image>& image, const std::map<std::string, TrialEvents>& events);

// The fold's functions as a reducer, which keeps the module loaded.
std::shared_ptr<const folds::Reducer> reducer_of(std::shared_ptr<Module> module, const laterbase_fold& fold);

}  // namespace laterbase::plugins
