FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/backoffice
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
RUN DEPLOYMENT=demonstration python manage.py compile_messages \
    && DEPLOYMENT=demonstration python manage.py collectstatic --noinput \
    && useradd --create-home backoffice && mkdir -p /var/lib/backoffice && chown backoffice /var/lib/backoffice
USER backoffice
EXPOSE 8000
