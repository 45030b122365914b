# One image for workers, servers and commands.
#   CPU:   docker build --tag storyflower .
#   CUDA:  docker build --tag storyflower:cuda --build-arg TORCH_INDEX=https://pypi.org/simple .
FROM python:3.11-slim-bookworm

# PyTorch's packages for the CPU; those of PyPI for Linux bring CUDA with them.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# Extras of pyproject.toml; a worker of containers or jobs needs `docker` or `kubernetes` too.
ARG EXTRAS=cluster,s3,http,sweep,onnx

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DO_NOT_TRACK=true \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    MLFLOW_DISABLE_TELEMETRY=true \
    STORYFLOWER_HOME=/var/lib/storyflower \
    PREFECT_HOME=/var/lib/storyflower/prefect

# The account of no right but to the home, which a volume mounted there takes over.
RUN groupadd --system --gid 10001 storyflower \
    && useradd --system --uid 10001 --gid 10001 --create-home storyflower \
    && install --directory --owner=storyflower --group=storyflower --mode=0700 "$STORYFLOWER_HOME"

WORKDIR /app

# Packages first: they stay in the cache while only the code changes.
COPY constraints.txt pyproject.toml README.md ./
COPY storyflower/__init__.py storyflower/
RUN mkdir flows tasks \
    && pip install --constraint constraints.txt --index-url "$TORCH_INDEX" torch \
    && pip install --constraint constraints.txt --editable ".[$EXTRAS]"

COPY . .

USER 10001:10001
VOLUME ["/var/lib/storyflower"]

# Containers that Prefect's Docker worker starts get their secrets as a mounted file of NAME=value lines, because what
# is part of a deployment is stored by Prefect. Everywhere else the variable is not set, and nothing is read. Values are
# taken letter by letter, as kubectl takes them: `&`, `$` and blanks of an address or a password mean nothing.
ENTRYPOINT ["sh", "-c", "while IFS= read -r line || [ -n \"$line\" ]; do case $line in ''|\\#*) ;; *) export \"$line\" ;; esac; done <\"${STORYFLOWER_ENVIRONMENT:-/dev/null}\"; exec \"$@\"", "storyflower"]
CMD ["storyflower", "--help"]
