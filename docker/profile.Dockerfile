# syntax=docker/dockerfile:1
# Profiling on top of an engine's own image: flowsim and Node beside the engine. Build from the root
# of the repository:
#
#   docker build -f docker/profile.Dockerfile -t flowsim-sglang .
#   docker build -f docker/profile.Dockerfile -t flowsim-vllm --build-arg ENGINE_IMAGE=vllm/vllm-openai:v0.13.0 .
#   docker run --gpus all --shm-size 16g -v "$PWD/out:/out" -v /models:/models flowsim-sglang \
#       profile --engine sglang --server-opts "--model-path /models/M --tp 2" --sweep 8:1024:0 -o /out
ARG ENGINE_IMAGE=lmsysorg/sglang:v0.5.6

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /src
ENV CI=true
COPY . .
RUN npx -y pnpm@12.21.0 install --frozen-lockfile \
    && npx -y pnpm@12.21.0 build \
    && npx -y pnpm@12.21.0 --filter @flowsim/cli deploy --prod --legacy /app

# hadolint ignore=DL3006
FROM ${ENGINE_IMAGE}
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /app /opt/flowsim
RUN printf '#!/bin/sh\nexec node /opt/flowsim/dist/flowsim.js "$@"\n' >/usr/local/bin/flowsim \
    && chmod 755 /usr/local/bin/flowsim
WORKDIR /out
# The engine's image decides the user: reading GPU counters needs the rights that it was made with.
ENTRYPOINT ["flowsim"]
CMD ["profile", "--help"]
