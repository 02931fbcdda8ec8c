#include "server/plugins/module.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "engine/base/hash.h"

namespace laterbase::plugins {
namespace {

constexpr std::uint64_t most_bytes = 1 << 30;

Error refused(std::string words) { return {ErrorCode::invalid, std::move(words)}; }

bool is_name(const char* name) {
  if (name == nullptr || *name < 'a' || *name > 'z' || std::strlen(name) > 63) return false;
  return std::strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == std::strlen(name);
}

// What is wrong with the tables; empty where nothing is.
std::string complaint(const laterbase_plugin* plugin) {
  if (plugin == nullptr) return "laterbase_plugin_entry gives nothing";
  if (plugin->abi != laterbase_plugin_abi)
    return fmt::format("it is for version {} of the plug-in ABI, this node has {}", plugin->abi,
                       static_cast<int>(laterbase_plugin_abi));
  if (plugin->name == nullptr || plugin->version == nullptr) return "it has no name or no version";
  for (std::size_t i = 0; i < plugin->fold_count; ++i) {
    const laterbase_fold& fold = plugin->folds[i];
    if (!is_name(fold.database) || !is_name(fold.name)) return fmt::format("its fold {} has no proper names", i);
    if (!fold.keys || !fold.initial || !fold.copy || !fold.destroy || !fold.apply || !fold.show || !fold.save ||
        !fold.load)
      return fmt::format("its fold \"{}\" lacks a function", fold.name);
  }
  for (std::size_t i = 0; i < plugin->view_count; ++i) {
    const laterbase_view& view = plugin->views[i];
    if (!is_name(view.database) || !is_name(view.name) || view.select == nullptr)
      return fmt::format("its view {} has no proper names, or no SELECT", i);
  }
  return {};
}

struct Opened {
  void* handle = nullptr;
  const laterbase_plugin* plugin = nullptr;
  std::string complaint;
};

Opened open(const std::string& path) {
  Opened opened;
  opened.handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (opened.handle == nullptr) {
    opened.complaint = dlerror();
    if (opened.complaint.starts_with(path + ": ")) opened.complaint.erase(0, path.size() + 2);
    return opened;
  }
  const auto entry =
      reinterpret_cast<decltype(&laterbase_plugin_entry)>(dlsym(opened.handle, "laterbase_plugin_entry"));
  if (entry == nullptr) {
    opened.complaint = "it has no function laterbase_plugin_entry";
    return opened;
  }
  opened.plugin = entry();
  opened.complaint = complaint(opened.plugin);
  return opened;
}

}  // namespace

Result<std::shared_ptr<Image>> Image::of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream || bytes.empty()) return refused("it can't be read, or is empty");
  if (bytes.size() > most_bytes) return refused("it is larger than a gibibyte");
  const int descriptor = memfd_create("laterbase-plugin", MFD_CLOEXEC);
  if (descriptor < 0) return refused(std::strerror(errno));
  std::shared_ptr<Image> image(new Image(descriptor, hash64(bytes)));
  for (std::string_view rest = bytes; !rest.empty();) {
    const auto count = write(descriptor, rest.data(), rest.size());
    if (count <= 0) return refused(std::strerror(errno));
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return image;
}

Image::~Image() { close(descriptor_); }

std::string Image::path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

Result<std::shared_ptr<Module>> Module::load(std::shared_ptr<Image> image) {
  const Opened opened = open(image->path());
  if (opened.complaint.empty())
    return std::shared_ptr<Module>(new Module(std::move(image), opened.handle, opened.plugin));
  if (opened.handle != nullptr) dlclose(opened.handle);
  return refused(opened.complaint);
}

Module::~Module() { dlclose(handle_); }

}  // namespace laterbase::plugins
