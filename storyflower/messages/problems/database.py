"""Problems with PostgreSQL as the MLflow store and with the lock of the registry, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "database_unusable": {
        "ko": (
            "MLflow 데이터베이스에 연결할 수 없거나 데이터베이스를 사용할 수 없습니다: {reason}",
            "데이터베이스 서버가 실행 중인지, STORYFLOWER_TRACKING_URI(또는 MLFLOW_TRACKING_URI)의 주소, 사용자, "
            "비밀번호가 맞는지, 이 사용자에게 테이블을 만들고 쓸 권한이 있는지 확인한 뒤 같은 명령을 다시 실행하세요. "
            "끝난 단계와 학습된 모델은 남아 있으며, 같은 학습을 두 번 하지 않습니다.",
        ),
        "en": (
            "the MLflow database cannot be reached or used: {reason}",
            "Check that its server runs, that address, user and password in STORYFLOWER_TRACKING_URI (or "
            "MLFLOW_TRACKING_URI) are right, and that this user may create and write tables; then run the same command "
            "again. Finished stages and the trained model are kept: nothing is trained twice.",
        ),
    },
    "database_driver_missing": {
        "ko": (
            "PostgreSQL에 연결하는 데 필요한 드라이버를 불러올 수 없습니다: {reason}",
            "`.venv/bin/pip install 'psycopg[binary]'`를 실행하고 주소를 postgresql+psycopg://로 시작하도록 쓰세요.",
        ),
        "en": (
            "the driver for PostgreSQL cannot be loaded: {reason}",
            "Run `.venv/bin/pip install 'psycopg[binary]'`, and begin the address with postgresql+psycopg://.",
        ),
    },
    "database_address_unfit": {
        "ko": (
            "MLflow 데이터베이스의 주소를 사용할 수 없습니다: {reason}",
            "postgresql+psycopg://사용자:비밀번호@호스트:5432/데이터베이스 형식으로 쓰세요. 비밀번호에 있는 @, /, : "
            "같은 문자는 %40, %2F, %3A처럼 바꾸어 씁니다.",
        ),
        "en": (
            "the address of the MLflow database cannot be used: {reason}",
            "Write postgresql+psycopg://user:password@host:5432/database; characters of the password such as @, / and "
            ": are written as %40, %2F and %3A.",
        ),
    },
    "database_pooled": {
        "ko": (
            "이 주소에는 트랜잭션마다 다른 세션을 배정하는 프록시(PgBouncer의 pool_mode=transaction 등)가 있어, 여러 "
            "컴퓨터가 동시에 챔피언을 바꾸지 못하게 하는 잠금을 유지할 수 없습니다.",
            "STORYFLOWER_TRACKING_URI에 데이터베이스 서버의 주소를 직접 쓰거나 프록시를 세션 모드(pool_mode=session)로 "
            "바꾸세요.",
        ),
        "en": (
            "at this address is a proxy that gives each transaction another session, such as PgBouncer with "
            "pool_mode=transaction: the lock by which machines change the champion one after the other would not hold.",
            "Set STORYFLOWER_TRACKING_URI to the address of the database server itself, or set the proxy to "
            "pool_mode=session.",
        ),
    },
    "lock_lost": {
        "ko": (
            "판정하는 동안 레지스트리의 잠금을 잃어 아무것도 바꾸지 않았습니다: {reason}",
            "같은 명령을 다시 실행하세요. 그 사이에 챔피언이 바뀌었을 수 있으므로 다시 판정합니다. 학습은 다시 하지 "
            "않습니다.",
        ),
        "en": (
            "the lock of the registry was lost before the change that it guards, so nothing was changed: {reason}",
            "Run the same command again: the champion may have changed meanwhile, so it judges once more, and trains "
            "nothing twice.",
        ),
    },
    "champion_moved": {
        "ko": (
            "판정하는 동안 챔피언이 버전 {expected}에서 버전 {found}(으)로 바뀌어 별칭을 옮기지 않았습니다.",
            "같은 명령을 다시 실행하세요. 지금 챔피언과 다시 비교합니다.",
        ),
        "en": (
            "the champion has changed from version {expected} to version {found} since the judgement, so the alias was "
            "not moved.",
            "Run the same command again: it compares with the present champion.",
        ),
    },
    "artifacts_elsewhere": {
        "ko": (
            "이 데이터베이스를 쓰는 실행의 파일은 다른 컴퓨터의 폴더에 저장되므로 이 컴퓨터에서는 기록할 수 없습니다.",
            "여러 컴퓨터가 함께 쓰려면 첫 실행 전에 모든 컴퓨터에서 STORYFLOWER_STORE를 s3:// 또는 file:// 주소로 "
            "설정하고 새 데이터베이스를 쓰거나, 파일을 대신 받아 주는 MLflow 서버(`mlflow server "
            "--serve-artifacts`)의 주소를 쓰세요.",
        ),
        "en": (
            "the files of the runs of this database are kept in a folder of another machine, where this one cannot "
            "write.",
            "For several machines set STORYFLOWER_STORE to an s3:// or file:// address on all of them before the first "
            "run in a new database, or use the address of an MLflow server that takes the files "
            "(`mlflow server --serve-artifacts`).",
        ),
    },
    "artifacts_need_package": {
        "ko": (
            "실행의 파일을 저장하는 위치에 쓰려면 패키지 {package}이(가) 필요합니다.",
            "`.venv/bin/pip install {package}`를 실행하세요.",
        ),
        "en": (
            "the package {package} is needed to write to the place where the files of runs are kept.",
            "Run `.venv/bin/pip install {package}`.",
        ),
    },
}
