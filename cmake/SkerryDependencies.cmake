# Everything comes from Debian 12's packages (tools/build installs them); nothing is downloaded here.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(absl REQUIRED)
