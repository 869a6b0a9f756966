// How an import gets at files: the disk for the command, a map for tests and fuzzing.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"

namespace hapair::importing {

class FileAccess {
 public:
  FileAccess() = default;
  FileAccess(const FileAccess&) = delete;
  FileAccess& operator=(const FileAccess&) = delete;
  virtual ~FileAccess() = default;

  /// The whole text of a regular file; an error where there is none, or it has more bytes than
  /// `limit`.
  [[nodiscard]] virtual base::Result<std::string> read(const std::string& path,
                                                       std::size_t limit) = 0;
  /// The paths that match a shell pattern (glob(7)), sorted; itself where nothing in it is special
  /// and the file is there. None is no error.
  [[nodiscard]] virtual std::vector<std::string> glob(const std::string& pattern) = 0;
  /// The files of a folder whose names end with `suffix` and begin with no dot, sorted; an error
  /// where `path` is no folder.
  [[nodiscard]] virtual base::Result<std::vector<std::string>> folder(const std::string& path,
                                                                      std::string_view suffix) = 0;
};

/// Files in memory, by path: for tests, fuzzing and for texts that come from elsewhere.
class MemoryFiles : public FileAccess {
 public:
  using Map = std::map<std::string, std::string, std::less<>>;  ///< text by path

  explicit MemoryFiles(Map files) : files_(std::move(files)) {}

  [[nodiscard]] base::Result<std::string> read(const std::string& path, std::size_t limit) override;
  [[nodiscard]] std::vector<std::string> glob(const std::string& pattern) override;
  [[nodiscard]] base::Result<std::vector<std::string>> folder(const std::string& path,
                                                              std::string_view suffix) override;

 private:
  Map files_;
};

/// The disk, with the rights of who runs the import.
class DiskFiles : public FileAccess {
 public:
  [[nodiscard]] base::Result<std::string> read(const std::string& path, std::size_t limit) override;
  [[nodiscard]] std::vector<std::string> glob(const std::string& pattern) override;
  [[nodiscard]] base::Result<std::vector<std::string>> folder(const std::string& path,
                                                              std::string_view suffix) override;
};

}  // namespace hapair::importing
